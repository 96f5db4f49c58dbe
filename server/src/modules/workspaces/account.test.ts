import { describe, expect, it } from 'vitest';
import { testApp } from '../../testing/app.ts';

describe('the profile', () => {
  it('keeps preferences that are not in the patch', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const first = await alice.me.update({ preferences: { theme: 'dark', language: 'de' } });
    expect(first.user.preferences).toEqual({ language: 'de', theme: 'dark', accent: 'indigo' });
    const second = await alice.me.update({ preferences: { accent: 'rose', language: null } });
    expect(second.user.preferences).toEqual({ language: null, theme: 'dark', accent: 'rose' });
    expect(await alice.me.get()).toEqual(second);
    expect((await app.as('bob').me.get()).user.preferences.theme).toBe('system');
  });

  it('takes a name and one emoji', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    for (const avatar of ['🦜', '👩🏽‍🚀', '🇪🇸', '1️⃣']) expect((await alice.me.update({ avatar })).user.avatar).toBe(avatar);
    expect((await alice.me.update({ avatar: null, name: 'Alice  B.' })).user).toMatchObject({
      avatar: null,
      name: 'Alice B.',
    });
    for (const avatar of ['a', '🦜🦜', '', '<svg>', 'https://example.org/a.png'])
      await expect(alice.me.update({ avatar })).rejects.toMatchObject({ errors: [{ path: 'avatar' }] });
  });

  it('refuses what is not known', async () => {
    await using app = await testApp();
    const alice = app.as('alice');
    const before = await alice.me.get();
    const patches = {
      email: { email: 'root@example.org' },
      isOperator: { isOperator: true },
      'preferences.theme': { preferences: { theme: 'neon' } },
      'preferences.admin': { preferences: { admin: true } },
      'preferences.language': { preferences: { language: 'xx' } },
      name: { name: '\u202e\u0000' },
    };
    for (const [path, patch] of Object.entries(patches))
      await expect(alice.me.update(patch as never), path).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path }],
      });
    expect(await alice.me.get()).toEqual(before);
    expect(await alice.me.update({})).toEqual(before);
  });
});

describe('the active workspace', () => {
  it('is the personal one unless the header names another of the caller’s', async () => {
    await using app = await testApp();
    const team = await app.team('alice', { bob: 'member' });
    const get = async (name: string, workspace: string) => {
      const answer = await app.visitor(name).fetch(`${app.url}/v1/me`, { headers: { 'parley-workspace': workspace } });
      const { requestId: _, ...problem } = (await answer.json()) as Record<string, unknown>;
      return { status: answer.status, problem };
    };
    expect((await get('alice', team)).status).toBe(200);
    expect((await get('bob', team.toUpperCase())).status).toBe(200);
    const foreign = await get('carol', team);
    const unknown = await get('carol', '01990000-0000-7000-8000-00000000dead');
    const system = await get('carol', '00000000-0000-7000-8000-000000000001');
    expect(foreign).toMatchObject({ status: 404, problem: { code: 'not_found' } });
    expect(unknown).toEqual(foreign);
    expect(system).toEqual(foreign);
    for (const garbage of ['x', '*', `${team},${team}`, "' or 1=1"])
      expect(await get('alice', garbage)).toMatchObject({
        status: 400,
        problem: { code: 'invalid_request', errors: [{ path: 'Parley-Workspace' }] },
      });
  });
});
