import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { draftPrefix, unsentPrefix } from '../kept-texts.ts';
import { problem } from '../testing/api-stub.ts';
import { listOf, meOf, personalId, teamId } from '../testing/fixtures.ts';
import { renderApp } from '../testing/render.tsx';
import { setWide } from '../testing/setup.ts';

vi.mock('../modules/chat/chat-page.tsx', () => ({ ChatPage: () => <h1>Chat page</h1> }));
vi.mock('../modules/chat/conversation-list.tsx', () => ({ ConversationList: () => <p>Conversations</p> }));
vi.mock('../modules/bots/bots-page.tsx', () => ({ BotsPage: () => <h1>Bots page</h1> }));

const settings = `/w/${teamId}/settings/appearance`;

describe('finding the way in', () => {
  it('opens a new chat in the personal workspace', async () => {
    const app = renderApp('/');
    expect(await screen.findByText('Chat page')).toBeTruthy();
    expect(app.path()).toBe(`/w/${personalId}/chat`);
  });

  it('opens the workspace that was used last', async () => {
    localStorage.setItem('parley.workspace', teamId);
    const app = renderApp('/');
    await screen.findByText('Chat page');
    expect(app.path()).toBe(`/w/${teamId}/chat`);
  });

  it('sends the signed-out to sign in and remembers where they wanted to go', async () => {
    const app = renderApp(settings, { 'GET /v1/me': problem(401, 'unauthenticated') });
    expect(await screen.findByRole('heading', { name: 'Sign in to Parley' })).toBeTruthy();
    expect(app.router.state.location.search).toEqual({ redirect: settings });
  });

  it('answers an unknown workspace like an unknown page', async () => {
    renderApp('/w/01930000-0000-7000-8000-00000000dead/settings/profile');
    expect(await screen.findByRole('heading', { name: 'Page not found' })).toBeTruthy();
  });

  it('says what happened when the server fails, and recovers', async () => {
    let broken = true;
    const answer = () => (broken ? problem(500, 'internal') : meOf());
    const app = renderApp(settings, { 'GET /v1/me': answer });
    expect(await screen.findByText(/give the operator this number: req-1/)).toBeTruthy();
    broken = false;
    await app.user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'Theme' })).toBeTruthy();
  });

  it('leaves for sign-in when the session ends meanwhile', async () => {
    const app = renderApp(settings);
    await screen.findByRole('heading', { name: 'Theme' });
    app.api.set({
      'GET /v1/me': problem(401, 'unauthenticated'),
      'GET /v1/auth/sessions': problem(401, 'unauthenticated'),
    });
    await app.user.click(screen.getByRole('link', { name: 'Sessions' }));
    expect(await screen.findByRole('heading', { name: 'Sign in to Parley' })).toBeTruthy();
  });
});

describe('the sidebar', () => {
  it('leads to new chat, bots and settings, and marks where one is', async () => {
    const app = renderApp(settings);
    const link = await screen.findByRole('link', { name: 'Bots' });
    await app.user.click(link);
    expect(await screen.findByText('Bots page')).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Bots' }).getAttribute('aria-current')).toBe('page');
    expect(screen.getByText('Conversations')).toBeTruthy();
  });

  it('is hidden and shown by button and by shortcut, and stays as it was left', async () => {
    const app = renderApp(settings);
    await app.user.click(await screen.findByRole('button', { name: 'Close sidebar' }));
    expect(screen.queryByRole('link', { name: 'Bots' })).toBeNull();
    expect(localStorage.getItem('parley.sidebar')).toBe('closed');
    await app.user.keyboard('{Control>}{Shift>}S{/Shift}{/Control}');
    expect(await screen.findByRole('link', { name: 'Bots' })).toBeTruthy();
  });

  it('is a drawer on narrow screens that closes when a page is chosen', async () => {
    setWide(false);
    const app = renderApp(settings);
    await app.user.click(await screen.findByRole('button', { name: 'Open sidebar' }));
    const drawer = await screen.findByRole('dialog', { name: 'Sidebar' });
    await app.user.click(within(drawer).getByRole('link', { name: 'Bots' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(await screen.findByText('Bots page')).toBeTruthy();
  });

  it('switches the workspace', async () => {
    const app = renderApp(settings);
    await waitFor(() =>
      expect(screen.getByRole('button', { name: /Switch workspace/ }).getAttribute('aria-haspopup')).toBe('menu'),
    );
    await app.user.click(screen.getByRole('button', { name: /Switch workspace/ }));
    await app.user.click(await screen.findByRole('menuitemcheckbox', { name: /Ada’s workspace/ }));
    await waitFor(() => expect(app.path()).toBe(`/w/${personalId}/chat`));
  });

  it('signs out and forgets what was loaded', async () => {
    const app = renderApp(settings, { 'POST /v1/auth/sign-out': null });
    await waitFor(() =>
      expect(screen.getByRole('button', { name: /Account: Ada/ }).getAttribute('aria-haspopup')).toBe('menu'),
    );
    await app.user.click(screen.getByRole('button', { name: /Account: Ada/ }));
    app.api.set({ 'GET /v1/me': problem(401, 'unauthenticated') });
    await app.user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
    expect(await screen.findByRole('heading', { name: 'Sign in to Parley' })).toBeTruthy();
    expect(app.api.sent('POST', '/v1/auth/sign-out')).toHaveLength(1);
    await waitFor(() => expect(app.queryClient.getQueryData(['me'])).toBeUndefined());
  });

  it('asks before it deletes what was written here, in any workspace', async () => {
    const own = unsentPrefix(meOf().user.id, teamId);
    localStorage.setItem(`${own}k1`, JSON.stringify({ key: 'k1', place: 'c1', text: 'hello', state: 'failed' }));
    localStorage.setItem(`${own}k2`, JSON.stringify({ key: 'k2', place: 'c1', text: 'done', state: 'sent' }));
    localStorage.setItem(`${draftPrefix(meOf().user.id, personalId)}c2`, 'half a thought');
    localStorage.setItem(`${draftPrefix('someone-else', personalId)}c2`, 'not theirs');
    const app = renderApp(settings, { 'POST /v1/auth/sign-out': null });
    const open = async (): Promise<void> => {
      await app.user.click(await screen.findByRole('button', { name: /Account: Ada/ }));
      await app.user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
    };
    await waitFor(() =>
      expect(screen.getByRole('button', { name: /Account: Ada/ }).getAttribute('aria-haspopup')).toBe('menu'),
    );
    await open();
    expect(await screen.findByText(/1 message not sent, 1 draft\./)).toBeTruthy();
    await app.user.click(screen.getByRole('button', { name: 'Stay' }));
    expect(app.api.sent('POST', '/v1/auth/sign-out')).toEqual([]);
    await open();
    await app.user.click(await screen.findByRole('button', { name: 'Sign out and delete' }));
    expect(await screen.findByRole('heading', { name: 'Sign in to Parley' })).toBeTruthy();
    await waitFor(() =>
      expect(Object.keys(localStorage).filter((key) => key.startsWith('parley.text.'))).toEqual([
        `${draftPrefix('someone-else', personalId)}c2`,
      ]),
    );
  });
});

describe('keyboard', () => {
  it('lists the shortcuts on ? but not while typing', async () => {
    const app = renderApp(`/w/${teamId}/settings/profile`);
    const name = await screen.findByRole('textbox', { name: 'Name' });
    await app.user.type(name, '?');
    expect(screen.queryByRole('dialog')).toBeNull();
    act(() => name.blur());
    await app.user.keyboard('?');
    const help = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
    expect(within(help).getByText('Show or hide the sidebar')).toBeTruthy();
    await app.user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('starts a new chat and opens settings', async () => {
    const app = renderApp(settings);
    await screen.findByRole('heading', { name: 'Theme' });
    await app.user.keyboard('{Control>}{Shift>}O{/Shift}{/Control}');
    await waitFor(() => expect(app.path()).toBe(`/w/${teamId}/chat`));
    await app.user.keyboard('{Control>}.{/Control}');
    await waitFor(() => expect(app.path()).toBe(`/w/${teamId}/settings/profile`));
  });

  it('skips to the content', async () => {
    const app = renderApp(settings);
    await screen.findByRole('heading', { name: 'Theme' });
    await app.user.click(screen.getByRole('link', { name: 'Skip to content' }));
    expect(document.activeElement).toBe(screen.getByRole('main'));
  });
});

it('says so while the connection is gone', async () => {
  renderApp(settings, { 'GET /v1/bots': listOf([]) });
  await screen.findByRole('heading', { name: 'Theme' });
  const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  act(() => void window.dispatchEvent(new Event('offline')));
  expect(screen.getByText(/You are offline/)).toBeTruthy();
  online.mockReturnValue(true);
  act(() => void window.dispatchEvent(new Event('online')));
  expect(screen.queryByText(/You are offline/)).toBeNull();
});
