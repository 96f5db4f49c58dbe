import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { draftPrefix, unsentPrefix } from '../../kept-texts.ts';
import { problem, type StubRoutes } from '../../testing/api-stub.ts';
import { listOf, meOf, personalId } from '../../testing/fixtures.ts';
import { renderApp } from '../../testing/render.tsx';
import { botOf, conversationOf, question } from './testing/chat-fixtures.ts';

const days = (count: number): string => new Date(Date.now() - count * 86_400_000).toISOString();
const listed = [
  conversationOf({ id: 'c1', title: 'Engines', updatedAt: days(0) }),
  conversationOf({ id: 'c2', title: null, updatedAt: days(1) }),
  conversationOf({ id: 'c3', title: 'Bread', updatedAt: days(400) }),
];
const routes: StubRoutes = {
  'GET /v1/bots': listOf([botOf()]),
  'GET /v1/conversations': listOf(listed),
  'GET /v1/conversations/:id': ({ params }) => listed.find((conversation) => conversation.id === params.id),
  'GET /v1/conversations/:id/messages': ({ params }) => ({
    conversation: listed.find((conversation) => conversation.id === params.id),
    messages: [question('q1', `Question of ${params.id}`)],
  }),
};
const list = () => screen.findByRole('navigation', { name: 'Conversations' });

describe('ConversationList', () => {
  it('groups by date, opens, and marks what is open', async () => {
    const { user } = renderApp(`/w/${personalId}/chat`, routes);
    const nav = await list();
    expect(
      within(nav)
        .getAllByRole('heading')
        .map((heading) => heading.textContent)
        .slice(0, 2),
    ).toEqual(['Today', 'Yesterday']);
    expect(within(nav).getByRole('link', { name: 'Untitled chat' })).toBeTruthy();
    await user.click(within(nav).getByRole('link', { name: 'Engines' }));
    expect(await screen.findByText('Question of c1')).toBeTruthy();
    expect(within(nav).getByRole('link', { name: 'Engines' }).getAttribute('aria-current')).toBe('page');
  });

  it('walks with the arrows and renames in place', async () => {
    const { user, api } = renderApp(`/w/${personalId}/chat`, {
      ...routes,
      'PATCH /v1/conversations/:id': ({ body }) => ({ ...listed[0], ...(body as object) }),
    });
    const first = within(await list()).getByRole('link', { name: 'Engines' });
    first.focus();
    await user.keyboard('{ArrowDown}{ArrowDown}');
    expect(document.activeElement?.textContent).toBe('Bread');
    await user.keyboard('{ArrowUp}{ArrowUp}{ArrowUp}{F2}');
    const field = await screen.findByRole('textbox', { name: 'New title' });
    await user.clear(field);
    await user.type(field, 'Machines{Enter}');
    expect(await within(await list()).findByRole('link', { name: 'Machines' })).toBeTruthy();
    await waitFor(() => expect(api.sent('PATCH', '/v1/conversations/c1')).toEqual([{ title: 'Machines' }]));
    await user.click(screen.getByRole('button', { name: 'Actions for Bread' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Rename' }));
    await user.type(await screen.findByRole('textbox', { name: 'New title' }), 'x{Escape}');
    expect(within(await list()).getByRole('link', { name: 'Bread' })).toBeTruthy();
  });

  it('tells when renaming failed', async () => {
    const { user } = renderApp(`/w/${personalId}/chat`, {
      ...routes,
      'PATCH /v1/conversations/:id': () => problem(403, 'forbidden'),
    });
    within(await list())
      .getByRole('link', { name: 'Bread' })
      .focus();
    await user.keyboard('{F2}Cake{Enter}');
    expect(await screen.findByText(/do not have the right/)).toBeTruthy();
    expect(await within(await list()).findByRole('link', { name: 'Bread' })).toBeTruthy();
  });

  it('marks a conversation with a message that could not be sent, which goes with the conversation', async () => {
    const unsent = `${unsentPrefix(meOf().user.id, personalId)}k1`;
    const draft = `${draftPrefix(meOf().user.id, personalId)}c3`;
    const error = { code: 'forbidden', message: 'no' };
    localStorage.setItem(unsent, JSON.stringify({ key: 'k1', place: 'c3', text: 'Flour', state: 'failed', error }));
    localStorage.setItem(draft, 'Yeast');
    const { user } = renderApp(`/w/${personalId}/chat`, { ...routes, 'DELETE /v1/conversations/:id': null });
    const marked = await within(await list()).findByRole('link', { name: 'Not sent yet: Bread' });
    marked.focus();
    await user.keyboard('{Delete}');
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect([unsent, draft].map((key) => localStorage.getItem(key))).toEqual([null, null]));
  });

  it('deletes after asking, and leaves the deleted conversation', async () => {
    let isBroken = true;
    const { user, api, path } = renderApp(`/w/${personalId}/chat/c1`, {
      ...routes,
      'DELETE /v1/conversations/:id': () => (isBroken ? problem(403, 'forbidden') : null),
    });
    await screen.findByText('Question of c1');
    await user.click(within(await list()).getByRole('button', { name: 'Actions for Engines' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    const dialog = await screen.findByRole('alertdialog');
    await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
    expect((await within(dialog).findByRole('alert')).textContent).toContain('right');
    isBroken = false;
    api.set({ 'GET /v1/conversations': listOf(listed.slice(1)) });
    await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(path()).toBe(`/w/${personalId}/chat`));
    await waitFor(() => expect(screen.queryByRole('link', { name: 'Engines' })).toBeNull());
  });

  it('reads further pages', async () => {
    const { user, api } = renderApp(`/w/${personalId}/chat`, {
      ...routes,
      'GET /v1/conversations': ({ query }) =>
        query.get('cursor') === 'next' ? listOf(listed.slice(2)) : { items: listed.slice(0, 2), nextCursor: 'next' },
    });
    await user.click(await screen.findByRole('button', { name: 'Show more' }));
    expect(await screen.findByRole('link', { name: 'Bread' })).toBeTruthy();
    expect(api.requests.filter((request) => request.query.get('cursor') === 'next').length).toBeGreaterThan(0);
  });

  it('says when there is nothing, and when it could not be read', async () => {
    const empty = renderApp(`/w/${personalId}/chat`, { ...routes, 'GET /v1/conversations': listOf([]) });
    expect(await screen.findByText('No conversations yet')).toBeTruthy();
    empty.unmount();
    const { user, api } = renderApp(`/w/${personalId}/chat`, {
      ...routes,
      'GET /v1/conversations': () => problem(403, 'forbidden'),
    });
    const text = await screen.findByText(/do not have the right/);
    api.set(routes);
    await user.click(within(text.parentElement as HTMLElement).getByRole('button', { name: 'Try again' }));
    expect(await list()).toBeTruthy();
  });
});
