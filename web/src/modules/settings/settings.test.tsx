import type { Me, Preferences } from '@parley/sdk';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { switchLanguage } from '../../i18n.ts';
import { problem, type StubRequest } from '../../testing/api-stub.ts';
import { listOf, meOf, teamId } from '../../testing/fixtures.ts';
import { renderApp } from '../../testing/render.tsx';
import { nameBrowser } from './name-browser.ts';

vi.mock('../chat/conversation-list.tsx', () => ({ ConversationList: () => null }));

const at = (page: string) => `/w/${teamId}/settings/${page}`;
const patched = ({ body }: StubRequest): Me => {
  const { preferences, ...rest } = body as { preferences?: Partial<Preferences> };
  const me = meOf(rest);
  return { ...me, user: { ...me.user, preferences: { ...me.user.preferences, ...preferences } } };
};

describe('profile', () => {
  it('saves name and avatar', async () => {
    const app = renderApp(at('profile'), { 'PATCH /v1/me': patched });
    const name = await screen.findByLabelText('Name');
    await app.user.clear(name);
    await app.user.type(name, 'Augusta Ada King');
    await app.user.click(screen.getByRole('button', { name: '🦉' }));
    expect((screen.getByLabelText('Avatar') as HTMLInputElement).value).toBe('🦉');
    await app.user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Saved')).toBeTruthy();
    expect(app.api.sent('PATCH', '/v1/me')).toEqual([{ name: 'Augusta Ada King', avatar: '🦉' }]);
    expect(screen.getAllByText('Augusta Ada King').length).toBeGreaterThan(0);
  });

  it('clears the avatar with a second click', async () => {
    const app = renderApp(at('profile'), { 'GET /v1/me': meOf({ avatar: '🦉' }), 'PATCH /v1/me': patched });
    await app.user.click(await screen.findByRole('button', { name: '🦉' }));
    await app.user.click(screen.getByRole('button', { name: 'Save' }));
    await screen.findByText('Saved');
    expect(app.api.sent('PATCH', '/v1/me')).toMatchObject([{ avatar: null }]);
  });

  it('changes the password, and shows which one was wrong', async () => {
    const app = renderApp(at('profile'), {
      'POST /v1/auth/change-password': problem(422, 'unprocessable', {
        detail: 'The current password is wrong.',
        errors: [{ path: 'currentPassword', message: 'is wrong' }],
      }),
    });
    const current = (await screen.findByLabelText('Current password')) as HTMLInputElement;
    await app.user.type(current, 'wrong');
    await app.user.type(screen.getByLabelText('New password'), 'correct horse battery');
    await app.user.click(screen.getByRole('button', { name: 'Change password' }));
    expect(await screen.findByText('The current password is wrong.')).toBeTruthy();
    expect(document.activeElement).toBe(current);
    app.api.set({ 'POST /v1/auth/change-password': null });
    await app.user.click(screen.getByRole('button', { name: 'Change password' }));
    expect(await screen.findByText('Password changed. Other devices are signed out.')).toBeTruthy();
    expect(current.value).toBe('');
  });
});

describe('appearance', () => {
  it('shows a choice at once and saves it', async () => {
    const app = renderApp(at('appearance'), { 'PATCH /v1/me': patched });
    await app.user.click(await screen.findByRole('radio', { name: 'Dark' }));
    await waitFor(() => expect(document.documentElement.dataset.theme).toBe('dark'));
    expect(app.api.sent('PATCH', '/v1/me')).toEqual([{ preferences: { theme: 'dark' } }]);
    await app.user.click(screen.getByRole('radio', { name: 'Teal' }));
    await waitFor(() => expect(document.documentElement.dataset.accent).toBe('teal'));
  });

  it('goes back when it cannot be saved', async () => {
    const app = renderApp(at('appearance'), { 'PATCH /v1/me': problem(503, 'unavailable') });
    await app.user.click(await screen.findByRole('radio', { name: 'Rose' }));
    expect(await screen.findByText(/busy or restarting/)).toBeTruthy();
    await waitFor(() => expect(document.documentElement.dataset.accent).toBe('indigo'));
    expect((screen.getByRole('radio', { name: 'Indigo' }) as HTMLInputElement).checked).toBe(true);
  });
});

describe('language', () => {
  it('changes every text at once', async () => {
    const app = renderApp(at('language'), { 'PATCH /v1/me': patched });
    await app.user.click(await screen.findByRole('radio', { name: 'Deutsch' }));
    expect(await screen.findByRole('heading', { name: 'Sprache' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Neuer Chat' })).toBeTruthy();
    expect(document.documentElement.lang).toBe('de');
    await app.user.click(screen.getByRole('radio', { name: 'Browser (English)' }));
    expect(await screen.findByRole('heading', { name: 'Language' })).toBeTruthy();
    expect(app.api.sent('PATCH', '/v1/me')).toEqual([
      { preferences: { language: 'de' } },
      { preferences: { language: null } },
    ]);
    await switchLanguage('en');
  });
});

describe('sessions', () => {
  const session = (id: string, current: boolean, userAgent: string | null) => ({
    id,
    current,
    userAgent,
    createdAt: '2026-11-20T09:00:00.000Z',
    expiresAt: '2026-12-20T09:00:00.000Z',
  });
  const phone = session(
    's2',
    false,
    'Mozilla/5.0 (iPhone; CPU iPhone OS 20_0) AppleWebKit Version/20 Mobile Safari/604',
  );
  const sessions = listOf([phone, session('s1', true, 'Mozilla/5.0 (X11; Linux x86_64) Gecko Firefox/150.0')]);

  it('puts this browser first and ends another', async () => {
    const app = renderApp(at('sessions'), { 'GET /v1/auth/sessions': sessions, 'DELETE /v1/auth/sessions/:id': null });
    await screen.findByText('Safari · iOS');
    const rows = within(screen.getByRole('main')).getAllByRole('listitem');
    expect(rows[0]?.textContent).toContain('Firefox · Linux');
    expect(rows[0]?.textContent).toContain('This browser');
    app.api.set({ 'GET /v1/auth/sessions': listOf(sessions.items.slice(1)) });
    await app.user.click(screen.getByRole('button', { name: 'Sign out Safari · iOS' }));
    await waitFor(() => expect(screen.queryByText('Safari · iOS')).toBeNull());
    expect(app.api.requests.some(({ method, path }) => method === 'DELETE' && path === '/v1/auth/sessions/s2')).toBe(
      true,
    );
  });

  it('signs out everywhere after a question', async () => {
    const app = renderApp(at('sessions'), { 'GET /v1/auth/sessions': sessions, 'DELETE /v1/auth/sessions': null });
    await app.user.click(await screen.findByRole('button', { name: 'Sign out everywhere' }));
    const question = within(await screen.findByRole('alertdialog'));
    app.api.set({ 'GET /v1/me': problem(401, 'unauthenticated') });
    await app.user.click(question.getByRole('button', { name: 'Sign out everywhere' }));
    expect(await screen.findByRole('heading', { name: 'Sign in to Parley' })).toBeTruthy();
  });

  it.each([
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/150.0 Safari/537 Edg/150.0', 'Edge · Windows', false],
    ['Mozilla/5.0 (Linux; Android 16) AppleWebKit Chrome/150.0 Mobile Safari/537', 'Chrome · Android', true],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit Version/20 Safari/605', 'Safari · macOS', false],
    ['curl/8.0', null, false],
    [null, null, false],
  ])('names %s', (userAgent, name, mobile) => {
    expect(nameBrowser(userAgent)).toEqual({ name, mobile });
  });
});
