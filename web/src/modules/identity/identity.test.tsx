import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { problem } from '../../testing/api-stub.ts';
import { meOf, setupOf, teamId } from '../../testing/fixtures.ts';
import { renderApp } from '../../testing/render.tsx';

vi.mock('../chat/chat-page.tsx', () => ({ ChatPage: () => <h1>Chat page</h1> }));
vi.mock('../chat/conversation-list.tsx', () => ({ ConversationList: () => null }));

const password = 'correct horse battery';
const signedOut = { 'GET /v1/me': problem(401, 'unauthenticated') };
type App = ReturnType<typeof renderApp>;
const field = (name: string) => screen.findByLabelText(name);

async function fill(app: App, values: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(values)) await app.user.type(await field(name), value);
}

describe('signing in', () => {
  it('signs in and goes where the visitor wanted to go', async () => {
    const target = `/w/${teamId}/settings/appearance`;
    const app = renderApp(target, { ...signedOut, 'POST /v1/auth/sign-in': meOf() });
    await fill(app, { Email: ' ada@example.com', Password: password });
    await app.user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('heading', { name: 'Theme' })).toBeTruthy();
    expect(app.api.sent('POST', '/v1/auth/sign-in')).toEqual([{ email: 'ada@example.com', password }]);
    expect(app.path()).toBe(target);
  });

  it('never leads to another site', async () => {
    for (const redirect of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const app = renderApp(`/sign-in?redirect=${encodeURIComponent(redirect)}`, {
        ...signedOut,
        'POST /v1/auth/sign-in': meOf(),
      });
      await fill(app, { Email: 'ada@example.com', Password: password });
      await app.user.click(screen.getByRole('button', { name: 'Sign in' }));
      await waitFor(() => expect(app.path()).toMatch(/^\/w\/[0-9a-f-]+\/chat$/));
      app.unmount();
    }
  });

  it('checks before sending and takes the focus to the first fault', async () => {
    const app = renderApp('/sign-in', signedOut);
    await field('Email');
    await app.user.click(screen.getByRole('button', { name: 'Sign in' }));
    const email = await field('Email');
    expect(email.getAttribute('aria-invalid')).toBe('true');
    expect(email.getAttribute('aria-describedby')).toBeTruthy();
    expect(document.activeElement).toBe(email);
    expect(app.api.sent('POST', '/v1/auth/sign-in')).toEqual([]);
  });

  it('says that the credentials are wrong, and how long to wait', async () => {
    const app = renderApp('/sign-in', { ...signedOut, 'POST /v1/auth/sign-in': problem(401, 'unauthenticated') });
    await fill(app, { Email: 'ada@example.com', Password: password });
    await app.user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect((await screen.findByRole('alert')).textContent).toBe(
      'Email or password is wrong. Check both and try again.',
    );
    app.api.set({ 'POST /v1/auth/sign-in': problem(429, 'rate_limited', { retryAfter: 30 }) });
    await app.user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('Too many attempts. Try again in 30 seconds.')).toBeTruthy();
  });

  it('shows the password on request', async () => {
    const app = renderApp('/sign-in', signedOut);
    const input = await field('Password');
    expect(input.getAttribute('type')).toBe('password');
    await app.user.click(screen.getByRole('button', { name: 'Show password' }));
    expect(input.getAttribute('type')).toBe('text');
    await app.user.click(screen.getByRole('button', { name: 'Hide password' }));
    expect(input.getAttribute('type')).toBe('password');
  });

  it('offers an account only where sign-up is open', async () => {
    const closed = renderApp('/sign-in', signedOut);
    await field('Email');
    expect(screen.queryByRole('link', { name: 'Create one' })).toBeNull();
    closed.unmount();
    renderApp('/sign-in', { ...signedOut, 'GET /v1/setup': setupOf({ signUp: 'open' }) });
    expect(await screen.findByRole('link', { name: 'Create one' })).toBeTruthy();
  });
});

describe('signing up', () => {
  it('creates the owner on a fresh installation, also from the sign-in page', async () => {
    const app = renderApp('/sign-in', {
      ...signedOut,
      'GET /v1/setup': setupOf({ needsOwner: true }),
      'POST /v1/auth/sign-up': () => Response.json(meOf(), { status: 201 }),
    });
    expect(await screen.findByRole('heading', { name: 'Create the owner account' })).toBeTruthy();
    await fill(app, { Name: 'Ada Lovelace', Email: 'ada@example.com', Password: password });
    await app.user.click(screen.getByRole('button', { name: 'Create owner account' }));
    expect(await screen.findByText('Chat page')).toBeTruthy();
    expect(app.api.sent('POST', '/v1/auth/sign-up')).toEqual([
      { name: 'Ada Lovelace', email: 'ada@example.com', password },
    ]);
  });

  it('puts the server’s complaints beside the fields', async () => {
    const app = renderApp('/sign-up', {
      ...signedOut,
      'GET /v1/setup': setupOf({ signUp: 'open' }),
      'POST /v1/auth/sign-up': problem(400, 'invalid_request', {
        errors: [
          { path: 'email', message: 'is not an address' },
          { path: '/password', message: 'is too common' },
        ],
      }),
    });
    await fill(app, { Name: 'Ada', Email: 'ada@x', Password: 'short' });
    await app.user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(screen.getByText('Use 12 to 128 characters.')).toBeTruthy();
    await app.user.type(await field('Password'), ' but longer');
    await app.user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('Is not an address')).toBeTruthy();
    expect(screen.getByText('Is too common')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
    await waitFor(async () => expect(document.activeElement).toBe(await field('Email')));
  });

  it('explains that an invitation is needed', async () => {
    renderApp('/sign-up', signedOut);
    expect(await screen.findByRole('heading', { name: 'You need an invitation' })).toBeTruthy();
  });

  it('follows an invitation with its address, and refuses a dead one', async () => {
    const invitation = {
      workspaceName: 'Analytical Engines',
      inviterName: 'Charles',
      role: 'member',
      email: 'ada@example.com',
    };
    const app = renderApp('/sign-up#tok', {
      ...signedOut,
      'POST /v1/invitations/preview': invitation,
      'POST /v1/auth/sign-up': meOf(),
    });
    expect(await screen.findByRole('heading', { name: 'Join Analytical Engines' })).toBeTruthy();
    const email = (await field('Email')) as HTMLInputElement;
    expect([email.value, email.readOnly]).toEqual(['ada@example.com', true]);
    await fill(app, { Name: 'Ada', Password: password });
    await app.user.click(screen.getByRole('button', { name: 'Create account' }));
    await waitFor(() => expect(app.path()).toBe(`/w/${teamId}/chat`));
    expect(app.api.sent('POST', '/v1/auth/sign-up')).toMatchObject([{ invitation: 'tok' }]);
    app.unmount();

    renderApp('/sign-up#old', { ...signedOut, 'POST /v1/invitations/preview': problem(404, 'not_found') });
    expect(await screen.findByRole('heading', { name: 'This invitation is no longer valid' })).toBeTruthy();
  });
});

describe('a forgotten password', () => {
  it('answers the same for every address', async () => {
    const app = renderApp('/forgot-password', {
      ...signedOut,
      'POST /v1/auth/request-password-reset': () => Response.json({}, { status: 202 }),
    });
    await fill(app, { Email: 'who@example.com' });
    await app.user.click(screen.getByRole('button', { name: 'Send link' }));
    expect(await screen.findByRole('heading', { name: 'Check your mail' })).toBeTruthy();
    expect(app.api.sent('POST', '/v1/auth/request-password-reset')).toEqual([{ email: 'who@example.com' }]);
  });

  it('sets a new one with the token from the fragment', async () => {
    const app = renderApp('/reset-password#tok', { ...signedOut, 'POST /v1/auth/reset-password': null });
    await fill(app, { 'New password': password });
    await app.user.click(screen.getByRole('button', { name: 'Save password' }));
    expect(await screen.findByRole('heading', { name: 'Sign in to Parley' })).toBeTruthy();
    expect(screen.getByText('Your password is changed. Sign in with the new one.')).toBeTruthy();
    expect(app.api.sent('POST', '/v1/auth/reset-password')).toEqual([{ token: 'tok', password }]);
  });

  it('offers a new link when this one is dead or has no token', async () => {
    const app = renderApp('/reset-password#tok', {
      ...signedOut,
      'POST /v1/auth/reset-password': problem(422, 'unprocessable'),
    });
    await fill(app, { 'New password': password });
    await app.user.click(screen.getByRole('button', { name: 'Save password' }));
    expect(await screen.findByRole('link', { name: 'Request a new link' })).toBeTruthy();
    app.unmount();
    renderApp('/reset-password', signedOut);
    expect(await screen.findByRole('link', { name: 'Request a new link' })).toBeTruthy();
  });
});
