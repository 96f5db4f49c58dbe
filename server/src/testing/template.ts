import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { compose } from '../compose.ts';
import { openDatabase, type Database } from '../platform/database/connect.ts';
import { migrate } from '../platform/database/migrate.ts';
import { secret } from '../platform/secret.ts';
import { testConfig } from './config.ts';
import { onServer, openInMemory, urlOf, type Template } from './database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    template: Template;
  }
}

const fill = async (database: Database, dataDir: string): Promise<void> => {
  await migrate(database);
  const parley = await compose(testConfig({ DATA_DIR: dataDir }), { database });
  await parley.jobs.prepare(parley.jobList);
  await parley.jobs.stop();
};

/** Before the tests: one migrated installation that each test copies. Afterwards it is removed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-template-'));
  const server = process.env.TEST_DATABASE_URL;
  if (server) {
    const name = `parley_template_${process.pid}`;
    await onServer(server, `drop database if exists ${name} with (force)`);
    await onServer(server, `create database ${name}`);
    const database = await openDatabase({ url: secret(urlOf(server, name)), poolSize: 4, dataDir: '', describe: '' });
    await fill(database, folder);
    await database.close();
    project.provide('template', { snapshot: null, url: server, name });
    return async () => {
      await onServer(server, `drop database if exists ${name} with (force)`);
      rmSync(folder, { recursive: true });
    };
  }
  const { database, lite } = await openInMemory(null);
  await fill(database, folder);
  const snapshot = join(folder, 'snapshot.tar');
  writeFileSync(snapshot, Buffer.from(await (await lite.dumpDataDir('none')).arrayBuffer()));
  await database.close();
  project.provide('template', { snapshot, url: null, name: null });
  return async () => rmSync(folder, { recursive: true });
}
