// Everything that is checked without running the product: types, lint, format, generated files.
import { spawnSync } from 'node:child_process';

const steps: [string, string[]][] = [
  ['types: server', ['tsc', '-p', 'server']],
  ['types: sdk', ['tsc', '-p', 'sdk']],
  ['types: web', ['tsc', '-p', 'web']],
  ['types: tools, bench, faults, e2e', ['tsc', '-p', '.']],
  ['lint', ['oxlint', '--type-aware', '--deny-warnings']],
  ['format', ['prettier', '--check', '--log-level', 'warn', '.']],
  ['generated files', ['node', 'tools/generate.ts', '--check']],
  ['architecture', ['vitest', 'run', '--project', 'tools']],
];

let failed = 0;
for (const [name, [command, ...argv]] of steps) {
  const began = Date.now();
  const { status } = spawnSync(command!, argv, { stdio: 'inherit' });
  process.stderr.write(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`,
  );
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
