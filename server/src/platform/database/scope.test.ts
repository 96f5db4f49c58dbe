import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testApp, type TestApp } from '../../testing/app.ts';
import { newId } from '../ids.ts';
import type { Tables } from './tables.ts';

let app: TestApp;
let own: string;
let foreign: string;
let tables: string[];

/** Leaves a row in every table that has a workspace. */
const live = async (name: string): Promise<string> => {
  const workspaceId = await app.team(name);
  const client = app.as(name).inWorkspace(workspaceId);
  const provider = await app.fakeProvider(client);
  await client.models.setDefault({ providerId: provider.id, name: 'fake' });
  const bot = await client.bots.create({ name: 'Bot', type: 'writer' });
  const conversation = await client.conversations.create({ botId: bot.id });
  const { run } = await client.conversations.send(conversation.id, { text: 'Hello' }, { idempotencyKey: newId() });
  for await (const event of client.runs.stream(run.id)) if (event.type === 'run-end') break;
  await client.workspaces.invite(workspaceId, { role: 'member' });
  return workspaceId;
};

const rowsOf = async (scope: Kysely<Tables>, text: string): Promise<Record<string, unknown>[]> =>
  (await sql.raw<Record<string, unknown>>(text).execute(scope)).rows;

const refusal = async (scope: Kysely<Tables>, text: string): Promise<string> => {
  try {
    const { rows } = await sql.raw(text).execute(scope);
    return `went through with ${rows.length} rows`;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
};
const notPermitted = '42501';

beforeAll(async () => {
  app = await testApp();
  own = await live('alice');
  foreign = await live('bob');
  const found = await rowsOf(
    app.database.system,
    `select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = 'public' and column_name = 'workspace_id' and table_type = 'BASE TABLE' order by 1`,
  );
  tables = found.map((row) => String(row.table_name));
}, 120_000);
afterAll(() => app[Symbol.asyncDispose]());

const tenant = (): Kysely<Tables> => app.database.tenant(own);

describe('a tenant', () => {
  test('has rows next to those of others in every table with a workspace (else the tests below prove nothing)', async () => {
    expect(tables.length).toBeGreaterThanOrEqual(10);
    for (const table of tables) {
      const rows = await rowsOf(app.database.system, `select distinct workspace_id from "${table}"`);
      const ids = rows.map((row) => row.workspace_id);
      expect(ids, `${table} needs a row of each: give it one in live()`).toEqual(
        expect.arrayContaining([own, foreign]),
      );
    }
  });

  test('sees its own rows only', async () => {
    for (const table of tables) {
      const shared = table === 'bot' ? `where visibility <> 'public'` : '';
      const rows = await rowsOf(tenant(), `select distinct workspace_id from "${table}" ${shared}`);
      expect({ table, rows }).toEqual({ table, rows: [{ workspace_id: own }] });
    }
    expect(await rowsOf(tenant(), 'select id from workspace')).toEqual([{ id: own }]);
  });

  test('sees public bots of others to use them, but cannot change them', async () => {
    const demo = '00000000-0000-7000-8000-000000000002';
    expect(await rowsOf(tenant(), `select name from bot where id = '${demo}'`)).toHaveLength(1);
    expect(await rowsOf(tenant(), `update bot set name = 'mine' where id = '${demo}' returning id`)).toEqual([]);
    expect(await rowsOf(tenant(), `delete from bot where id = '${demo}' returning id`)).toEqual([]);
    // With FOR UPDATE the policy for changes applies.
    expect(await rowsOf(tenant(), `select id from bot where id = '${demo}' for update`)).toEqual([]);
  });

  test('cannot change or delete rows of others', async () => {
    for (const table of tables) {
      const there = `where workspace_id = '${foreign}' returning 1`;
      expect(await rowsOf(tenant(), `update "${table}" set workspace_id = workspace_id ${there}`), table).toEqual([]);
      expect(await rowsOf(tenant(), `delete from "${table}" ${there}`), table).toEqual([]);
    }
    expect(await rowsOf(tenant(), `update workspace set name = 'x' where id = '${foreign}' returning id`)).toEqual([]);
  });

  test('cannot insert rows for others or hand its own over', async () => {
    for (const table of tables) {
      const copy = `jsonb_populate_record(null::"${table}", to_jsonb(one_row) || '{"workspace_id":"${foreign}"}')`;
      const insert = `insert into "${table}" select (${copy}).* from "${table}" one_row where workspace_id = '${own}' limit 1`;
      expect({ table, code: await refusal(tenant(), insert) }).toEqual({ table, code: notPermitted });
      const move = `update "${table}" set workspace_id = '${foreign}' where workspace_id = '${own}'`;
      expect({ table, code: await refusal(tenant(), move) }).toEqual({ table, code: notPermitted });
    }
  });

  test('without a workspace sees nothing', async () => {
    for (const table of tables) {
      const shared = table === 'bot' ? `where visibility <> 'public'` : '';
      expect(await rowsOf(app.database.tenant(''), `select 1 from "${table}" ${shared}`), table).toEqual([]);
    }
  });

  test('does not reach tables that belong to the installation', async () => {
    const all = await rowsOf(app.database.system, `select tablename from pg_tables where schemaname = 'public'`);
    const installation = all
      .map((row) => String(row.tablename))
      .filter((table) => !['workspace', ...tables].includes(table));
    expect(installation).toEqual(expect.arrayContaining(['user', 'session', 'account', 'verification', 'migration']));
    for (const table of installation)
      for (const text of [
        `select * from "${table}"`,
        `delete from "${table}"`,
        `insert into "${table}" default values`,
      ])
        expect({ text, code: await refusal(tenant(), text) }).toEqual({ text, code: notPermitted });
  });

  test.each([
    `alter table bot disable row level security`,
    `alter table bot owner to parley_app`,
    `drop policy bot_tenant on bot`,
    `create policy everything on bot for select to parley_app using (true)`,
    `create or replace function current_workspace() returns uuid language sql as 'select null::uuid'`,
    `create table loot (x int)`,
    `drop table message`,
    `truncate message`,
    `alter role parley_app bypassrls`,
    `alter role parley_app login`,
    `create role intruder`,
    `grant select on session to parley_app`,
    `insert into workspace (id, name, kind) values ('${newId()}', 'x', 'team')`,
    `delete from workspace`,
    `copy message to '/tmp/parley-loot'`,
    `select pg_read_file('/etc/passwd')`,
  ])('may not: %s', async (text) => {
    expect(await refusal(tenant(), text)).toBe(notPermitted);
  });

  test('acts under a role that has no special right, owns nothing and is a member of nothing', async () => {
    const [role] = await rowsOf(
      app.database.system,
      `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
        (select count(*) from pg_class where relowner = r.oid) as owned,
        (select count(*) from pg_auth_members where member = r.oid) as memberships
       from pg_roles r where rolname = 'parley_app'`,
    );
    expect(Object.values(role!).every((value) => value === false || value === 0)).toBe(true);
  });

  test('has no table with a workspace that forgot its policy', async () => {
    const open = await rowsOf(
      app.database.system,
      `select relname from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r'
        and has_table_privilege('parley_app', c.oid, 'select')
        and not (relrowsecurity and exists (select 1 from pg_policy where polrelid = c.oid))`,
    );
    expect(open).toEqual([]);
  });
});

describe('connections', () => {
  test('that change hands carry nothing over, however the work before ended', async () => {
    const seen = async (scope: Kysely<Tables>): Promise<unknown> =>
      (await rowsOf(scope, 'select distinct workspace_id as id from conversation')).map((row) => row.id);
    const fails = (scope: Kysely<Tables>): Promise<unknown> =>
      scope
        .transaction()
        .execute(async (trx) => {
          await sql`select 1 from conversation`.execute(trx);
          await sql`select no_such_column from conversation`.execute(trx);
        })
        .catch(() => null);
    const work = Array.from({ length: 60 }, (_, index) => async () => {
      const [id, scope] = index % 2 === 0 ? [own, app.database.tenant(own)] : [foreign, app.database.tenant(foreign)];
      if (index % 5 === 0) await fails(scope);
      expect(await seen(scope)).toEqual([id]);
      if (index % 7 === 0) expect(await rowsOf(app.database.system, 'select 1 from session limit 1')).toHaveLength(1);
    });
    await Promise.all(work.map((one) => one()));
  });

  test('of prepared statements are scoped alike', async () => {
    const run = app.database.prepared<{ id: string }>(
      'test-scope',
      'select distinct workspace_id as id from conversation where $1::int = 1',
    );
    expect(await run(own, [1])).toEqual([{ id: own }]);
    expect(await run(foreign, [1])).toEqual([{ id: foreign }]);
    expect((await run(null, [1])).length).toBeGreaterThanOrEqual(2);
    expect(await run(own, [1])).toEqual([{ id: own }]);
  });
});
