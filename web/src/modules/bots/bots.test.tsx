import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { problem, type StubRoutes } from '../../testing/api-stub.ts';
import { listOf, meOf, personalId, workspaceOf } from '../../testing/fixtures.ts';
import { renderApp } from '../../testing/render.tsx';
import { botOf, modelOf } from '../chat/testing/chat-fixtures.ts';

const types = (['code', 'writer', 'analyst', 'researcher', 'support', 'devops'] as const).map((type) => ({
  type,
  name: type,
  description: type,
  avatar: '🧩',
  instructions: `You are a ${type}.`,
  temperature: 0.3,
}));
const mine = botOf({ id: 'b1', name: 'Mine' });
const theirs = botOf({
  id: 'b2',
  name: 'Theirs',
  canEdit: false,
  visibility: 'public',
  instructions: '',
  createdBy: null,
});
const routes: StubRoutes = {
  'GET /v1/bots': listOf([mine, theirs]),
  'GET /v1/bots/b1': mine,
  'GET /v1/bots/b2': theirs,
  'GET /v1/bot-types': listOf(types),
  'GET /v1/models': listOf([
    modelOf(),
    modelOf({ providerId: 'p', providerName: 'Anthropic', name: 'claude', isDefault: false }),
  ]),
};
const page = `/w/${personalId}/bots`;
const card = async (name: string) =>
  (await screen.findByRole('heading', { name, level: 2 })).closest('li') as HTMLElement;

describe('BotsPage', () => {
  it('shows every bot and leads to a chat with it', async () => {
    const { user, path } = renderApp(page, routes);
    const shown = await card('Mine');
    expect(within(shown).getByText('Code companion')).toBeTruthy();
    expect(within(shown).getByText('Only me')).toBeTruthy();
    expect(await within(shown).findByText('demo (default)')).toBeTruthy();
    await user.click(within(shown).getByRole('link', { name: 'Chat with Mine' }));
    await waitFor(() => expect(path()).toBe(`/w/${personalId}/chat?bot=b1`));
  });

  it('duplicates, and deletes after asking', async () => {
    const { user, api } = renderApp(page, {
      ...routes,
      'POST /v1/bots/:id/duplicate': botOf({ id: 'b3', name: 'Mine (copy)' }),
      'DELETE /v1/bots/:id': null,
    });
    await user.click(within(await card('Mine')).getByRole('button', { name: 'Actions for Mine' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Duplicate' }));
    expect(await screen.findByText('Mine (copy) was added')).toBeTruthy();
    await user.click(within(await card('Mine')).getByRole('button', { name: 'Actions for Mine' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    api.set({ 'GET /v1/bots': listOf([theirs]) });
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(screen.queryByRole('heading', { name: 'Mine', level: 2 })).toBeNull());
    expect(api.requests.some((request) => request.method === 'DELETE')).toBe(true);
  });

  it('offers only what may be done', async () => {
    const { user } = renderApp(page, { ...routes, 'GET /v1/me': meOf({}, [workspaceOf({ role: 'viewer' })]) });
    await user.click(within(await card('Theirs')).getByRole('button', { name: 'Actions for Theirs' }));
    expect((await screen.findAllByRole('menuitem')).map((item) => item.textContent)).toEqual(['View']);
    expect(screen.queryByRole('link', { name: 'Create bot' })).toBeNull();
  });

  it('says when there are none, and when they could not be read', async () => {
    const empty = renderApp(page, { ...routes, 'GET /v1/bots': listOf([]) });
    expect(await screen.findByText('No bots yet')).toBeTruthy();
    empty.unmount();
    renderApp(page, { ...routes, 'GET /v1/bots': () => problem(403, 'forbidden') });
    expect(await screen.findByText('This could not be loaded')).toBeTruthy();
  });
});

describe('BotEditorPage', () => {
  it('creates a bot from a type', async () => {
    const { user, api, path } = renderApp(`${page}/new`, {
      ...routes,
      'POST /v1/bots': botOf({ id: 'b9', name: 'Editor' }),
    });
    await user.click(await screen.findByRole('button', { name: /Writer and editor/ }));
    const instructions = await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Instructions' });
    expect(instructions.value).toBe('You are a writer.');
    await user.click(screen.getByRole('button', { name: 'Create bot' }));
    expect(await screen.findByText('Please fill this in.')).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Name' }));
    await user.type(screen.getByRole('textbox', { name: 'Name' }), 'Editor');
    await user.click(screen.getByRole('button', { name: '🦊' }));
    await user.selectOptions(screen.getByRole('combobox', { name: 'Model' }), 'claude');
    fireEvent.change(screen.getByRole('slider'), { target: { value: '1.4' } });
    await user.type(screen.getByRole('textbox', { name: /Longest answer/ }), '900');
    await user.click(screen.getByRole('radio', { name: /Workspace/ }));
    await user.click(screen.getByRole('button', { name: 'Create bot' }));
    await waitFor(() => expect(path()).toBe(page));
    expect(api.sent('POST', '/v1/bots')).toEqual([
      {
        name: 'Editor',
        description: '',
        avatar: '🦊',
        type: 'writer',
        instructions: 'You are a writer.',
        model: { providerId: 'p', name: 'claude' },
        fallbacks: [],
        temperature: 1.4,
        maxTokens: 900,
        visibility: 'workspace',
      },
    ]);
    expect(await screen.findByText('Editor is ready')).toBeTruthy();
  });

  it('keeps fallback models in an order that the keyboard can change', async () => {
    const fallbacks = ['one', 'two', 'gone'].map((name) => ({ providerId: 'p', name }));
    const models = ['one', 'two', 'three'].map((name) =>
      modelOf({ providerId: 'p', providerName: 'Anthropic', name, isDefault: false }),
    );
    const { user, api } = renderApp(`${page}/b1`, {
      ...routes,
      'GET /v1/bots/b1': { ...mine, fallbacks },
      'GET /v1/models': listOf(models),
      'PATCH /v1/bots/:id': mine,
    });
    const group = await screen.findByRole('group', { name: /Fallback models/ });
    const shown = () =>
      within(group)
        .queryAllByRole('listitem')
        .map((item) => item.textContent);
    await waitFor(() =>
      expect(shown()).toEqual(['1.oneAnthropic', '2.twoAnthropic', '3.gone (not available any more)']),
    );
    const button = (name: string) => within(group).getByRole<HTMLButtonElement>('button', { name });
    expect(button('Move one up').disabled).toBe(true);
    button('Move two up').focus();
    await user.keyboard('{Enter}');
    expect(shown()[0]).toBe('1.twoAnthropic');
    expect(within(group).getByRole('status').textContent).toBe('two is now number 1 of 3');
    // It cannot go further up, so the focus stays on its row.
    await waitFor(() => expect(document.activeElement).toBe(button('Move two down')));
    await user.click(button('Remove gone (not available any more)'));
    await waitFor(() => expect(document.activeElement).toBe(button('Remove one')));
    const add = within(group).getByRole<HTMLSelectElement>('combobox', { name: 'Fallback model to add' });
    expect([...add.options].map((option) => option.text)).toEqual(['Choose a model', 'three']);
    await user.selectOptions(add, 'three');
    await user.click(button('Add'));
    await user.click(button('Remove one'));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Saved')).toBeTruthy();
    expect(api.sent('PATCH', '/v1/bots/b1')).toEqual([
      { fallbacks: ['two', 'three'].map((name) => ({ providerId: 'p', name })) },
    ]);
  });

  it('takes five fallback models at most and shows an objection to one of them', async () => {
    const fallbacks = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ providerId: 'p', name }));
    const errors = [{ path: 'fallbacks.2.providerId', message: 'is not a provider of this workspace' }];
    const { user } = renderApp(`${page}/b1`, {
      ...routes,
      'GET /v1/bots/b1': { ...mine, fallbacks },
      'PATCH /v1/bots/:id': () => problem(422, 'unprocessable', { errors, detail: 'Choose another model.' }),
    });
    expect(await screen.findByText('At most 5 fallback models.')).toBeTruthy();
    expect(screen.queryByRole('combobox', { name: 'Fallback model to add' })).toBeNull();
    await user.click(screen.getByRole('button', { name: /^Remove a/ }));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Choose another model.')).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole('combobox', { name: 'Fallback model to add' }));
  });

  it('sends only changes, and asks before they are lost', async () => {
    const { user, api, path } = renderApp(`${page}/b1`, {
      ...routes,
      'PATCH /v1/bots/:id': { ...mine, name: 'Better', temperature: null },
    });
    const name = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Name' });
    await user.clear(name);
    await user.type(name, 'Better');
    await user.click(screen.getByRole('switch'));
    await user.click(screen.getByRole('link', { name: 'Back to all bots' }));
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Keep editing' }));
    expect(path()).toBe(`${page}/b1`);
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Saved')).toBeTruthy();
    expect(api.sent('PATCH', '/v1/bots/b1')).toEqual([{ name: 'Better', temperature: null }]);
    await user.type(screen.getByRole('textbox', { name: 'Name' }), '!');
    await user.click(screen.getByRole('link', { name: 'Back to all bots' }));
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Leave' }));
    await waitFor(() => expect(path()).toBe(page));
  });

  it('shows the server’s objections at their fields', async () => {
    const errors = [{ path: 'visibility', message: 'may be "public" only for owners and admins' }];
    const { user } = renderApp(`${page}/b1`, {
      ...routes,
      'PATCH /v1/bots/:id': () => problem(403, 'forbidden', { errors, detail: 'Ask an admin to publish it.' }),
    });
    await user.click(await screen.findByRole('radio', { name: /Everybody here/ }));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Ask an admin to publish it.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Discard changes' }));
    expect(screen.getByRole<HTMLInputElement>('radio', { name: /Only me/ }).checked).toBe(true);
  });

  it('offers the starting text of a type again', async () => {
    const { user } = renderApp(`${page}/b1`, routes);
    await user.selectOptions(await screen.findByRole('combobox', { name: 'Type' }), 'devops');
    expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Instructions' }).value).toBe('Be kind.');
    await user.click(screen.getByRole('button', { name: /starting text of “DevOps/ }));
    expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Instructions' }).value).toBe('You are a devops.');
  });

  it('is for reading only when the bot is not the reader’s', async () => {
    renderApp(`${page}/b2`, routes);
    expect(await screen.findByText(/Only its creator and the admins/)).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Name' }).readOnly).toBe(true);
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
    expect(screen.getByText(/stay in its own workspace/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Chat' })).toBeTruthy();
  });

  it('does not let viewers create', async () => {
    renderApp(`${page}/new`, { ...routes, 'GET /v1/me': meOf({}, [workspaceOf({ role: 'viewer' })]) });
    expect(await screen.findByText(/but not create them/)).toBeTruthy();
  });
});
