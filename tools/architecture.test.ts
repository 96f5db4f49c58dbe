import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { importsOf, readSources, rules, type SourceFile } from './architecture.ts';

/** Files by path; the faults that a rule finds in them, without the text after the line. */
const faultsIn = (rule: string, files: Record<string, string>): string[] =>
  rules[rule]!(Object.entries(files).map(([path, text]) => ({ path, text }))).map((fault) =>
    fault.split(':').slice(0, 2).join(':'),
  );

describe('the sources', () => {
  let files: SourceFile[];
  beforeAll(() => {
    files = readSources(fileURLToPath(new URL('..', import.meta.url)));
  });

  test('are all read', () => {
    const paths = files.map(({ path }) => path);
    for (const path of ['server/src/main.ts', 'sdk/src/index.ts', 'web/src/main.tsx']) expect(paths).toContain(path);
    const all = files.flatMap(importsOf);
    expect(all.length).toBeGreaterThan(500);
    // A relative import that leads to no file means that the reading is wrong.
    const known = new Set(paths);
    const lost = all.filter(({ path }) => path !== null && /\.tsx?$/.test(path) && !known.has(path));
    expect(lost.filter(({ path }) => /^(server|sdk|web)\/src\//.test(path!))).toEqual([]);
  });

  test.each(Object.keys(rules))('keep the rule %s', (name) => {
    expect(rules[name]!(files)).toEqual([]);
  });
});

describe('imports are read', () => {
  test.each([
    ["import a from './a.ts';", 'server/src/a.ts', 'value'],
    ["import { type A, b } from '../x/a.ts';", 'server/x/a.ts', 'value'],
    ["import type { A } from './a.ts';", 'server/src/a.ts', 'type'],
    ["import {\n  a,\n  b,\n} from './a.ts';", 'server/src/a.ts', 'value'],
    ["export { a } from './a.ts';", 'server/src/a.ts', 'value'],
    ["export * from './a.ts';", 'server/src/a.ts', 'value'],
    ["export type { A } from './a.ts';", 'server/src/a.ts', 'type'],
    ["import './a.ts';", 'server/src/a.ts', 'value'],
    ["const a = await import('./a.ts');", 'server/src/a.ts', 'dynamic'],
    ["type A = import('./a.ts').A;", 'server/src/a.ts', 'type'],
    ["import { a } from 'package';", null, 'value'],
  ])('%j', (text, path, kind) => {
    expect(importsOf({ path: 'server/src/file.ts', text })).toMatchObject([{ path, kind, line: 1 }]);
  });

  test.each([
    "// import { a } from './a.ts';",
    "/*\nimport { a } from './a.ts';\n*/",
    "export const a = 1;\nconst b = 'from';",
  ])('and not where there are none: %j', (text) => {
    expect(importsOf({ path: 'server/src/file.ts', text })).toEqual([]);
  });
});

describe('a rule can fail', () => {
  test.each<[string, string, Record<string, string>]>([
    [
      'direction',
      'platform knows no module',
      { 'server/src/platform/a.ts': "import { b } from '../modules/bots/index.ts';" },
    ],
    [
      'direction',
      'not even its types',
      { 'server/src/platform/a.ts': "import type { B } from '../modules/bots/index.ts';" },
    ],
    [
      'direction',
      'an earlier module knows no later one',
      { 'server/src/modules/identity/a.ts': "import { b } from '../bots/index.ts';" },
    ],
    [
      'direction',
      'a module does not know compose',
      { 'server/src/modules/runs/a.ts': "import { compose } from '../../compose.ts';" },
    ],
    [
      'direction',
      'compose does not know roles',
      { 'server/src/compose.ts': "import { createApi } from './roles/api.ts';" },
    ],
    [
      'direction',
      'nobody calls a listener',
      { 'server/src/modules/marketplace/a.ts': "import { b } from '../audit/index.ts';" },
    ],
    [
      'direction',
      'a listener calls no listener',
      { 'server/src/modules/analytics/a.ts': "import { b } from '../audit/index.ts';" },
    ],
    [
      'direction',
      'the product does not know its tests',
      { 'server/src/platform/a.ts': "import { b } from '../testing/app.ts';" },
    ],
    [
      'direction',
      'the server does not know the sdk',
      { 'server/src/platform/a.ts': "import { b } from '@parley/sdk';" },
    ],
    [
      'direction',
      'web does not reach into the server',
      { 'web/src/a.ts': "import { b } from '../../server/src/compose.ts';" },
    ],
    ['direction', 'nor into the sdk by path', { 'web/src/a.ts': "import { b } from '../../sdk/src/index.ts';" }],
    ['direction', 'nor deep into the package', { 'web/src/a.ts': "import { b } from '@parley/sdk/src/call.ts';" }],
    ['direction', 'nor lazily', { 'web/src/a.ts': "const a = () => import('../../server/src/compose.ts');" }],
    ['direction', 'the sdk knows nobody', { 'sdk/src/a.ts': "import { b } from '../../server/src/compose.ts';" }],
    ['noDeepImports', 'a later module', { 'server/src/modules/bots/a.ts': "import { b } from '../models/store.ts';" }],
    ['noDeepImports', 'its type', { 'server/src/modules/bots/a.ts': "import type { B } from '../models/store.ts';" }],
    ['noDeepImports', 'a test', { 'server/src/modules/bots/a.test.ts': "import { b } from '../models/store.ts';" }],
    ['noDeepImports', 'compose', { 'server/src/compose.ts': "import { b } from './modules/models/store.ts';" }],
    ['noEnvironment', 'in a module', { 'server/src/modules/bots/a.ts': 'const a = process.env.PORT;' }],
    ['noEnvironment', 'by another way', { 'server/src/main.ts': 'const { env } = process;' }],
    ['noEnvironment', 'in the sdk', { 'sdk/src/a.ts': "const a = process?.env['PORT'];" }],
    ['noOutgoing', 'fetch', { 'server/src/modules/models/a.ts': "const a = await fetch('https://x');" }],
    ['noOutgoing', 'fetch by its home', { 'server/src/platform/a.ts': 'const get = globalThis.fetch;' }],
    ['noOutgoing', 'undici', { 'server/src/modules/models/a.ts': "import { request } from 'undici';" }],
    ['noOutgoing', 'http.request', { 'server/src/platform/a.ts': 'const a = http.request(url);' }],
    [
      'noOutgoing',
      'request of node:http',
      { 'server/src/platform/a.ts': "import { createServer, request } from 'node:http';" },
    ],
    ['noOutgoing', 'node:https', { 'server/src/platform/a.ts': "import https from 'node:https';" }],
    ['noOutgoing', 'a socket', { 'server/src/platform/a.ts': "const a = new WebSocket('wss://x');" }],
    ['noDefaultExports', 'a function', { 'web/src/a.tsx': 'export default function Page() {}' }],
    ['noDefaultExports', 'a name', { 'sdk/src/a.ts': 'const a = 1;\nexport { a as default };' }],
    ['noEmptyNames', 'a file', { 'server/src/platform/string-utils.ts': '' }],
    ['noEmptyNames', 'a folder', { 'web/src/common/a.ts': '' }],
    ['noEmptyNames', 'a test', { 'bench/helper.test.ts': '' }],
    ['noLongFiles', 'a line too many', { 'server/src/a.ts': 'a;\n'.repeat(401) }],
    ['noOnly', 'a test', { 'server/src/a.test.ts': "test.only('a', () => {});" }],
    ['noOnly', 'among others', { 'web/src/a.test.tsx': "describe.concurrent.only('a', () => {});" }],
    ['noCycles', 'of two', { 'sdk/src/a.ts': "import './b.ts';", 'sdk/src/b.ts': "export * from './a.ts';" }],
    [
      'noCycles',
      'of three, across folders',
      {
        'web/src/a.ts': "import { b } from './x/b.ts';",
        'web/src/x/b.ts': "import { c } from '../c.ts';",
        'web/src/c.ts': "import { a } from './a.ts';",
      },
    ],
    ['noCycles', 'with itself', { 'sdk/src/a.ts': "import { a } from './a.ts';" }],
  ])('%s: %s', (rule, _what, files) => {
    const faults = faultsIn(rule, files);
    expect(faults).toHaveLength(1);
    expect(Object.keys(files)).toContain(faults[0]!.split(':')[0]);
  });

  test('direction: a module without a place in the order', () => {
    expect(rules.direction!([{ path: 'server/src/modules/new-one/index.ts', text: '' }])).toEqual([
      expect.stringContaining('server/src/modules/new-one: has no place'),
    ]);
  });

  test('names the line', () => {
    expect(faultsIn('noEnvironment', { 'server/src/main.ts': '// one\n/* two\n three */\nprocess.env.PORT;' })).toEqual(
      ['server/src/main.ts:4'],
    );
  });
});

describe('a rule lets through what is meant to be', () => {
  test.each<[string, string, Record<string, string>]>([
    [
      'direction',
      'a later module calls an earlier one',
      { 'server/src/modules/runs/a.ts': "import { b } from '../bots/index.ts';" },
    ],
    [
      'direction',
      'compose calls a listener',
      { 'server/src/compose.ts': "import { b } from './modules/audit/index.ts';" },
    ],
    [
      'direction',
      'a test uses the whole installation',
      { 'server/src/modules/identity/a.test.ts': "import { b } from '../../testing/app.ts';" },
    ],
    ['direction', 'web uses the sdk', { 'web/src/a.ts': "import { b } from '@parley/sdk';" }],
    [
      'noDeepImports',
      'within a module',
      { 'server/src/modules/models/a.ts': "import { b } from './providers/demo.ts';" },
    ],
    ['noEnvironment', 'config', { 'server/src/platform/config.ts': 'process.env' }],
    ['noEnvironment', 'tests', { 'server/src/testing/a.ts': 'process.env', 'bench/run.ts': 'process.env' }],
    ['noOutgoing', 'egress', { 'server/src/platform/egress.ts': "import { Agent } from 'undici';" }],
    ['noOutgoing', 'another fetch', { 'server/src/platform/jobs.ts': 'await boss.fetch(name); prefetch(1);' }],
    ['noOutgoing', 'a server', { 'server/src/platform/a.ts': "import { createServer } from 'node:http';" }],
    ['noDefaultExports', 'a config', { 'web/vite.config.ts': 'export default {};' }],
    ['noEmptyNames', 'a word within a word', { 'server/src/database.ts': '', 'web/src/information.ts': '' }],
    ['noLongFiles', '400 lines', { 'server/src/a.ts': 'a;\n'.repeat(400) }],
    ['noLongFiles', 'generated ones', { 'sdk/src/schema.ts': 'a;\n'.repeat(4000) }],
    ['noOnly', 'the word', { 'server/src/a.ts': 'onlyOnce(); a.onlyOne();' }],
    [
      'noCycles',
      'of types',
      { 'sdk/src/a.ts': "import { b } from './b.ts';", 'sdk/src/b.ts': "import type { A } from './a.ts';" },
    ],
    [
      'noCycles',
      'a diamond',
      { 'sdk/src/a.ts': "import './b.ts';\nimport './c.ts';", 'sdk/src/b.ts': "import './c.ts';", 'sdk/src/c.ts': '' },
    ],
  ])('%s: %s', (rule, _what, files) => {
    expect(faultsIn(rule, files)).toEqual([]);
  });
});
