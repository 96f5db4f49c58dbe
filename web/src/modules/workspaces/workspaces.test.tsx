import type { Role } from '@parley/sdk';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { problem, type StubRoutes } from '../../testing/api-stub.ts';
import { listOf, memberOf, meOf, personalId, teamId, workspaceOf } from '../../testing/fixtures.ts';
import { renderApp } from '../../testing/render.tsx';

vi.mock('../chat/chat-page.tsx', () => ({ ChatPage: () => <h1>Chat page</h1> }));
vi.mock('../chat/conversation-list.tsx', () => ({ ConversationList: () => null }));

const ada = meOf().user;
const members = `/v1/workspaces/${teamId}/members`;
const invitations = `/v1/workspaces/${teamId}/invitations`;
const team = (role: Role) => workspaceOf({ id: teamId, name: 'Analytical Engines', kind: 'team', role });
const invitation = {
  id: 'inv-1',
  email: 'katherine@example.com',
  role: 'member',
  createdAt: '2026-11-20T09:00:00.000Z',
  expiresAt: '2099-01-01T00:00:00.000Z',
  acceptedAt: null,
};

function renderMembers(routes: StubRoutes = {}, role: Role = 'owner') {
  return renderApp(`/w/${teamId}/settings/members`, {
    'GET /v1/me': meOf({}, [workspaceOf(), team(role)]),
    [`GET ${members}`]: listOf([memberOf({ userId: ada.id, name: ada.name, role }), memberOf()]),
    [`GET ${invitations}`]: listOf([invitation]),
    ...routes,
  });
}

describe('members', () => {
  it('shows members and lets an owner change a role', async () => {
    const app = renderMembers({ [`PATCH ${members}/:id`]: memberOf({ role: 'admin' }) });
    const select = await screen.findByRole('combobox', { name: 'Role of Grace Hopper' });
    await app.user.selectOptions(select, 'admin');
    expect(await screen.findByText('Saved')).toBeTruthy();
    expect(app.api.sent('PATCH', `${members}/${memberOf().userId}`)).toEqual([{ role: 'admin' }]);
  });

  it('says why a change was refused', async () => {
    const detail = 'A workspace needs an owner. Make somebody else owner first.';
    const app = renderMembers({ [`PATCH ${members}/:id`]: problem(409, 'conflict', { detail }) });
    await app.user.selectOptions(await screen.findByRole('combobox', { name: 'Role of Ada Lovelace' }), 'member');
    expect(await screen.findByText(detail)).toBeTruthy();
  });

  it('removes only after a question', async () => {
    const app = renderMembers({ [`DELETE ${members}/:id`]: null });
    await app.user.click(await screen.findByRole('button', { name: 'Remove Grace Hopper' }));
    const question = await screen.findByRole('alertdialog', { name: 'Remove Grace Hopper?' });
    app.api.set({ [`GET ${members}`]: listOf([memberOf({ userId: ada.id, name: ada.name, role: 'owner' })]) });
    await app.user.click(within(question).getByRole('button', { name: 'Remove' }));
    await waitFor(() => expect(screen.queryByText('Grace Hopper')).toBeNull());
  });

  it('lets a member look and leave, nothing else', async () => {
    const app = renderMembers({ [`DELETE ${members}/:id`]: null }, 'member');
    await screen.findByText('Grace Hopper');
    expect(screen.queryByRole('combobox')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Invite' })).toBeNull();
    await app.user.click(screen.getByRole('button', { name: 'Leave workspace' }));
    const question = await screen.findByRole('alertdialog');
    app.api.set({ 'GET /v1/me': meOf({}, [workspaceOf()]) });
    await app.user.click(within(question).getByRole('button', { name: 'Leave workspace' }));
    await waitFor(() => expect(app.path()).toBe(`/w/${personalId}/chat`));
  });

  it('fails with a way to try again', async () => {
    const app = renderMembers({ [`GET ${members}`]: problem(403, 'forbidden') });
    const alert = await screen.findByText('This could not be loaded');
    expect(alert).toBeTruthy();
    app.api.set({ [`GET ${members}`]: listOf([memberOf()]) });
    await app.user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Grace Hopper')).toBeTruthy();
  });

  it('explains the personal workspace', async () => {
    renderApp(`/w/${personalId}/settings/members`);
    expect(await screen.findByText('This workspace is yours alone')).toBeTruthy();
  });
});

describe('invitations', () => {
  it('creates a link and copies it', async () => {
    const url = 'https://parley.example/invite#secret';
    const app = renderMembers({ [`POST ${invitations}`]: { ...invitation, url, token: 'secret' } });
    const copied = vi.spyOn(navigator.clipboard, 'writeText');
    await app.user.click(await screen.findByRole('button', { name: 'Invite' }));
    const dialog = await screen.findByRole('dialog', { name: 'Invite to this workspace' });
    await app.user.type(within(dialog).getByLabelText(/^Email/), 'katherine@example.com');
    await app.user.selectOptions(within(dialog).getByLabelText('Valid for'), '1');
    await app.user.click(within(dialog).getByRole('button', { name: 'Create link' }));
    expect(((await screen.findByLabelText('Invitation link')) as HTMLInputElement).value).toBe(url);
    expect(app.api.sent('POST', invitations)).toEqual([
      { role: 'member', email: 'katherine@example.com', expiresInDays: 1 },
    ]);
    await app.user.click(screen.getByRole('button', { name: 'Copy link' }));
    expect(copied).toHaveBeenCalledWith(url);
    expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
  });

  it('checks the address, and leaves it out when empty', async () => {
    const app = renderMembers({ [`POST ${invitations}`]: { ...invitation, url: 'x', token: 'y' } });
    await app.user.click(await screen.findByRole('button', { name: 'Invite' }));
    const email = await screen.findByLabelText(/^Email/);
    await app.user.type(email, 'nonsense');
    await app.user.click(screen.getByRole('button', { name: 'Create link' }));
    expect(screen.getByText('This does not look like an email address.')).toBeTruthy();
    await app.user.clear(email);
    await app.user.click(screen.getByRole('button', { name: 'Create link' }));
    await screen.findByLabelText('Invitation link');
    expect(app.api.sent('POST', invitations)).toEqual([{ role: 'member', expiresInDays: 7 }]);
  });

  it('lists pending ones and revokes', async () => {
    const used = { ...invitation, id: 'inv-2', email: 'used@example.com', acceptedAt: invitation.createdAt };
    const old = { ...invitation, id: 'inv-3', email: null, expiresAt: '2020-01-01T00:00:00.000Z' };
    const app = renderMembers({
      [`GET ${invitations}`]: listOf([invitation, used, old]),
      [`DELETE ${invitations}/:id`]: null,
    });
    const revoke = await screen.findByRole('button', { name: 'Revoke invitation: katherine@example.com' });
    expect(screen.queryByText('used@example.com')).toBeNull();
    expect(screen.getByText('Expired')).toBeTruthy();
    app.api.set({ [`GET ${invitations}`]: listOf([]) });
    await app.user.click(revoke);
    expect(await screen.findByText('No invitation is waiting')).toBeTruthy();
  });
});

describe('an invitation link', () => {
  const preview = { workspaceName: 'Analytical Engines', inviterName: 'Charles', role: 'viewer', email: null };

  it('joins the signed-in user', async () => {
    const app = renderApp('/invite#tok', {
      'GET /v1/me': meOf({}, [workspaceOf()]),
      'POST /v1/invitations/preview': preview,
      'POST /v1/invitations/accept': team('viewer'),
    });
    const join = await screen.findByRole('button', { name: 'Join workspace' });
    expect(screen.getByText('Charles has invited you. Your role will be: Viewer.')).toBeTruthy();
    app.api.set({ 'GET /v1/me': meOf({}, [workspaceOf(), team('viewer')]) });
    await app.user.click(join);
    await waitFor(() => expect(app.path()).toBe(`/w/${teamId}/chat`));
    expect(app.api.sent('POST', '/v1/invitations/accept')).toEqual([{ token: 'tok' }]);
  });

  it('carries the token through sign-in', async () => {
    const app = renderApp('/invite#tok', {
      'GET /v1/me': problem(401, 'unauthenticated'),
      'POST /v1/invitations/preview': preview,
      'POST /v1/auth/sign-in': meOf(),
    });
    await app.user.click(await screen.findByRole('link', { name: 'I have an account' }));
    await app.user.type(await screen.findByLabelText('Email'), 'ada@example.com');
    await app.user.type(screen.getByLabelText('Password'), 'correct horse battery');
    await app.user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('button', { name: 'Join workspace' })).toBeTruthy();
    expect(app.path()).toBe('/invite#tok');
  });

  it('says that it is for somebody else', async () => {
    const app = renderApp('/invite#tok', {
      'POST /v1/invitations/preview': { ...preview, email: 'grace@example.com' },
      'POST /v1/invitations/accept': problem(403, 'forbidden'),
    });
    await app.user.click(await screen.findByRole('button', { name: 'Join workspace' }));
    expect((await screen.findByRole('alert')).textContent).toContain('another email address');
  });

  it('tells a dead link from a failing server', async () => {
    const dead = renderApp('/invite#tok', { 'POST /v1/invitations/preview': problem(404, 'not_found') });
    expect(await screen.findByRole('heading', { name: 'This invitation is no longer valid' })).toBeTruthy();
    dead.unmount();
    const app = renderApp('/invite#tok', { 'POST /v1/invitations/preview': problem(503, 'unavailable') });
    const retry = await screen.findByRole('button', { name: 'Try again' });
    app.api.set({ 'POST /v1/invitations/preview': preview });
    await app.user.click(retry);
    expect(await screen.findByRole('button', { name: 'Join workspace' })).toBeTruthy();
  });
});

describe('workspace settings', () => {
  const address = `/w/${teamId}/settings/workspace`;

  it('renames a team', async () => {
    const app = renderApp(address, { [`PATCH /v1/workspaces/${teamId}`]: team('owner') });
    const name = await screen.findByLabelText('Name');
    await app.user.type(name, ' Ltd');
    expect(screen.queryByLabelText('Who may create an account')).toBeNull();
    await app.user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Saved')).toBeTruthy();
    expect(app.api.sent('PATCH', `/v1/workspaces/${teamId}`)).toEqual([{ name: 'Analytical Engines Ltd' }]);
  });

  it('lets the operator open sign-up in the personal workspace', async () => {
    const app = renderApp(`/w/${personalId}/settings/workspace`, {
      [`PATCH /v1/workspaces/${personalId}`]: workspaceOf(),
    });
    const name = await screen.findByLabelText('Name');
    await app.user.clear(name);
    await app.user.type(name, 'Mine');
    await app.user.selectOptions(screen.getByLabelText('Who may create an account'), 'open');
    await app.user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Saved')).toBeTruthy();
    expect(app.api.sent('PATCH', `/v1/workspaces/${personalId}`)).toEqual([{ name: 'Mine', signUp: 'open' }]);
    expect(screen.queryByRole('button', { name: 'Delete workspace' })).toBeNull();
  });

  it('is read-only for members', async () => {
    renderApp(address, { 'GET /v1/me': meOf({ isOperator: false }, [workspaceOf(), team('member')]) });
    expect(((await screen.findByLabelText('Name')) as HTMLInputElement).readOnly).toBe(true);
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Delete workspace' })).toBeNull();
  });

  it('creates a team workspace and leads to its members', async () => {
    const created = workspaceOf({ id: '01930000-0000-7000-8000-000000000003', name: 'New', kind: 'team' });
    const app = renderApp(`${address}#create`, {
      'POST /v1/workspaces': created,
      [`GET /v1/workspaces/${created.id}/members`]: listOf([memberOf()]),
      [`GET /v1/workspaces/${created.id}/invitations`]: listOf([]),
    });
    const dialog = await screen.findByRole('dialog', { name: 'New team workspace' });
    await app.user.type(within(dialog).getByLabelText('Name'), ' New ');
    app.api.set({ 'GET /v1/me': meOf({}, [workspaceOf(), created]) });
    await app.user.click(within(dialog).getByRole('button', { name: 'Create' }));
    expect(await screen.findByText('Grace Hopper')).toBeTruthy();
    expect(app.api.sent('POST', '/v1/workspaces')).toEqual([{ name: 'New' }]);
  });

  it('deletes after a question, and says why it could not', async () => {
    const app = renderApp(address, { [`DELETE /v1/workspaces/${teamId}`]: problem(503, 'unavailable') });
    await app.user.click(await screen.findByRole('button', { name: 'Delete workspace' }));
    const question = await screen.findByRole('alertdialog', { name: 'Delete Analytical Engines?' });
    const confirm = within(question).getByRole('button', { name: 'Delete workspace' });
    await app.user.click(confirm);
    expect((await within(question).findByRole('alert')).textContent).toContain('busy');
    app.api.set({ [`DELETE /v1/workspaces/${teamId}`]: null, 'GET /v1/me': meOf({}, [workspaceOf()]) });
    await app.user.click(confirm);
    await waitFor(() => expect(app.path()).toBe(`/w/${personalId}/chat`));
  });
});
