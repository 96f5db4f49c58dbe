import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A source file: its path from the root of the repository with `/` between segments, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/** Finds what breaks one rule, as `path:line: what`. */
export type Rule = (files: readonly SourceFile[]) => string[];

interface Import {
  /** As written. */
  name: string;
  /** Path of the imported file when the name is relative, else null. */
  path: string | null;
  line: number;
  kind: 'value' | 'type' | 'dynamic';
}

const folders = ['server/src', 'sdk/src', 'web/src', 'bench', 'faults', 'e2e'];
const ignoredFolders = new Set(['node_modules', 'dist', 'results', 'screenshots']);
const generated = new Set(['server/src/platform/database/tables.ts', 'sdk/src/schema.ts']);
const maxLines = 400;
const forbiddenNames = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'manager',
  'managers',
  'misc',
  'data',
  'info',
]);

/** In call order: a module may import those before it. */
const moduleOrder = [
  ...['identity', 'workspaces', 'usage', 'billing', 'models', 'knowledge', 'tools', 'bots', 'conversations', 'runs'],
  ...['rooms', 'workflows', 'agents', 'marketplace'],
];
/** They listen to events; nobody calls them. */
const listenerModules = ['notifications', 'webhooks', 'audit', 'analytics'];

/** Reads all sources of the repository. */
export const readSources = (root: string): SourceFile[] => {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : below(path);
      return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : [];
    });
  return folders.flatMap(below).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
};

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Blanks out comments and keeps the lines where they are. */
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));

const statement = /^(?:import|export)\b(\s+type\b)?[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm;
const inline = /\bimport\(\s*['"]([^'"]+)['"]\s*\)(\.[A-Z])?/g;

/** The imports of a file: statements at the start of a line, and `import('…')` anywhere. */
export const importsOf = ({ path, text }: SourceFile): Import[] => {
  const code = withoutComments(text);
  const entry = (name: string, index: number, kind: Import['kind']): Import => ({
    name,
    path: name.startsWith('.') ? posix.join(posix.dirname(path), name) : null,
    line: lineAt(code, index),
    kind,
  });
  return [
    ...[...code.matchAll(statement)].map((match) =>
      entry((match[2] ?? match[3])!, match.index, match[1] === undefined ? 'value' : 'type'),
    ),
    ...[...code.matchAll(inline)].map((match) => entry(match[1]!, match.index, match[2] ? 'type' : 'dynamic')),
  ];
};

const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path) || path.includes('/testing/');
const isConfig = (path: string): boolean => /(^|\/)[\w.-]*\.config\.[cm]?[jt]s$/.test(path);
const moduleOf = (path: string): string | null => /^server\/src\/modules\/([^/]+)\//.exec(path)?.[1] ?? null;

const eachImport = (
  files: readonly SourceFile[],
  judge: (file: SourceFile, found: Import) => string | null,
): string[] =>
  files.flatMap((file) =>
    importsOf(file).flatMap((found) => {
      const fault = judge(file, found);
      return fault === null ? [] : [`${file.path}:${found.line}: ${fault}`];
    }),
  );

const eachMatch = (
  files: readonly SourceFile[],
  pattern: RegExp,
  describe: (match: RegExpExecArray) => string,
): string[] =>
  files.flatMap((file) => {
    const code = withoutComments(file.text);
    return [...code.matchAll(pattern)].map((match) => `${file.path}:${lineAt(code, match.index)}: ${describe(match)}`);
  });

/** Height of a server file in `platform ← modules in order ← compose ← roles ← main`. */
const heightOf = (path: string): number => {
  const module = moduleOf(path);
  if (module !== null) return 1 + [...moduleOrder, ...listenerModules].indexOf(module);
  if (path === 'server/src/compose.ts') return 100;
  if (path.startsWith('server/src/roles/')) return 101;
  if (path === 'server/src/main.ts') return 102;
  return 0;
};

const serverDirection = (file: SourceFile, found: Import): string | null => {
  if (isTest(file.path)) return null;
  if (found.name.startsWith('@parley/')) return `the server does not import ${found.name}`;
  if (found.path === null) return null;
  if (isTest(found.path)) return `${found.path} is for tests`;
  const module = moduleOf(found.path);
  if (
    module !== null &&
    listenerModules.includes(module) &&
    module !== moduleOf(file.path) &&
    heightOf(file.path) < 100
  )
    return `nobody calls ${module}: it only listens`;
  return heightOf(found.path) > heightOf(file.path) ? `${found.path} stands above this file` : null;
};

/** platform ← modules in their order ← compose ← roles; web → sdk only; nothing else crosses a package. */
export const direction: Rule = (files) => [
  ...new Set(files.map((file) => moduleOf(file.path)))
    .values()
    .filter((module) => module !== null && ![...moduleOrder, ...listenerModules].includes(module))
    .map((module) => `server/src/modules/${module}: has no place in the order of modules (tools/architecture.ts)`),
  ...eachImport(files, (file, found) => {
    const home = file.path.split('/')[0]!;
    const target = found.path?.split('/')[0];
    if (['server', 'sdk', 'web'].includes(home) && target !== undefined && target !== home)
      return `${home} does not reach into ${target}`;
    if (home === 'web' && found.name.startsWith('@parley/') && found.name !== '@parley/sdk')
      return `web knows only @parley/sdk, not ${found.name}`;
    if (home === 'sdk' && found.name.startsWith('@parley/')) return `the sdk does not import ${found.name}`;
    return home === 'server' ? serverDirection(file, found) : null;
  }),
];

/** A module of the server is imported only through its index.ts, by tests too. */
export const noDeepImports: Rule = (files) =>
  eachImport(files, (file, { path }) => {
    const module = path === null ? null : moduleOf(path);
    if (module === null || module === moduleOf(file.path) || path === `server/src/modules/${module}/index.ts`)
      return null;
    return `${path} is inside ${module}; import its index.ts`;
  });

/** Only platform/config.ts reads the environment. */
export const noEnvironment: Rule = (files) =>
  eachMatch(
    files.filter(
      ({ path }) => /^(server|sdk|web)\//.test(path) && !isTest(path) && path !== 'server/src/platform/config.ts',
    ),
    /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\[['"]env|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/g,
    () => 'the environment is read in platform/config.ts only',
  );

const outgoing = new RegExp(
  [
    String.raw`(?<![.\w'"])(?:globalThis\.|global\.)?fetch\s*\(`,
    String.raw`\bglobalThis\.fetch\b`,
    String.raw`\bhttps?\.(?:request|get)\s*\(`,
    String.raw`\bimport\s*\{[^}]*\b(?:request|get)\b[^}]*\}\s*from\s*['"](?:node:)?https?['"]`,
    String.raw`\bnew\s+(?:WebSocket|EventSource|XMLHttpRequest)\b`,
    String.raw`\bfrom\s*['"](?:undici|axios|got|node-fetch|(?:node:)?https|(?:node:)?http2)['"]`,
  ].join('|'),
  'g',
);

/** Only platform/egress.ts of the server speaks to other hosts by HTTP. */
export const noOutgoing: Rule = (files) =>
  eachMatch(
    files.filter(({ path }) => path.startsWith('server/') && !isTest(path) && path !== 'server/src/platform/egress.ts'),
    outgoing,
    ([text]) => `${text.replace(/\s+/g, ' ').trim()} belongs in platform/egress.ts`,
  );

/** Names say the same thing everywhere; tools that want a default export get it in their config files. */
export const noDefaultExports: Rule = (files) =>
  eachMatch(
    // Vitest calls the default export of its global setup.
    files.filter(({ path }) => !isConfig(path) && path !== 'server/src/testing/template.ts'),
    /^export\s+default\b|^export\s*\{[^}]*\bas\s+default\b/gm,
    () => 'default export',
  );

/** A name says what is in a file. */
export const noEmptyNames: Rule = (files) =>
  files.flatMap(({ path }) => {
    const empty = path.split(/[/.-]/).find((word) => forbiddenNames.has(word.toLowerCase()));
    return empty === undefined ? [] : [`${path}:1: "${empty}" says nothing`];
  });

/** 400 lines at most, generated files aside. */
export const noLongFiles: Rule = (files) =>
  files.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > maxLines && !generated.has(path) ? [`${path}:${lines}: has more than ${maxLines} lines`] : [];
  });

/** A test that runs alone hides the others. */
export const noOnly: Rule = (files) =>
  eachMatch(files, /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.only\b/g, () => 'a test that runs alone');

/** Files that import each other's values, directly or around corners. */
export const noCycles: Rule = (files) => {
  const known = new Map(files.map((file) => [file.path, file]));
  const edges = new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter(({ kind, path }) => kind === 'value' && path !== null && known.has(path))
        .map(({ path }) => path!),
    ]),
  );
  const faults: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    const before = trail.indexOf(path);
    if (before >= 0) {
      faults.push(`${path}:1: import cycle ${[...trail.slice(before), path].join(' → ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return faults;
};

/** Every rule by its name. */
export const rules: Record<string, Rule> = {
  direction,
  noDeepImports,
  noEnvironment,
  noOutgoing,
  noDefaultExports,
  noEmptyNames,
  noLongFiles,
  noOnly,
  noCycles,
};
