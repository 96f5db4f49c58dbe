// Installs what the lockfile asks for when that changed, and with --web builds the web app when its sources changed.
// Runs under Node 20 on a machine that has nothing else, so it uses no dependency.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const say = (line) => process.stderr.write(`${line}\n`);

const run = (what, command, argv) => {
  const began = Date.now();
  say(`${what} …`);
  const { status, error } = spawnSync(command, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error || status !== 0) {
    say(`${what}: failed${error ? ` (${error.message})` : ''}`);
    process.exit(status || 1);
  }
  say(`${what}: done in ${((Date.now() - began) / 1000).toFixed(0)} s`);
};

/** Runs the work unless the stamp says that it was done for exactly these contents. */
const unlessStamped = (stamp, contents, work) => {
  const hash = createHash('sha256').update(process.platform + process.arch);
  for (const content of contents) hash.update(content);
  const want = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;
  work();
  writeFileSync(stamp, want);
};

const filesBelow = (folder) =>
  readdirSync(folder)
    .filter((name) => name !== 'node_modules' && name !== 'dist')
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]));

unlessStamped('node_modules/.installed', [readFileSync('package-lock.json')], () => {
  // The system's Node runs npm: node_modules/.bin/node vanishes while it works.
  const node = process.env.npm_node_execpath ?? process.execPath;
  const npm = process.env.npm_execpath;
  const argv = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  run('Installing packages', npm ? node : 'npm', npm ? [npm, ...argv] : argv);
});

if (process.argv.includes('--web')) {
  const sources = ['web', 'sdk/src'].flatMap(filesBelow);
  const own = join('node_modules', '.bin', 'node');
  unlessStamped('web/dist/.built', [...sources.flatMap((path) => [path, readFileSync(path)])], () =>
    run('Building the web app', existsSync(own) ? own : process.execPath, [
      'node_modules/vite/bin/vite.js',
      'build',
      'web',
      '--logLevel',
      'warn',
    ]),
  );
}
