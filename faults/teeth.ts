import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shape } from './cluster/cluster.ts';

/** A way to break the product, and the least that has to notice. */
interface Tooth {
  name: string;
  /** Below `server/src`. */
  file: string;
  replace: readonly [text: string, by: string][];
  scenario: string;
  shape: Shape;
}

const teeth: readonly Tooth[] = [
  {
    name: 'skip the deduplication of sends',
    file: 'modules/runs/service.ts',
    replace: [['key: key ?? runId,', 'key: runId,']],
    scenario: 'duplicate-posts',
    shape: 'embedded',
  },
  {
    name: 'drop the fencing of stale owners',
    file: 'modules/runs/log-store.ts',
    replace: [
      ['r.id = any($2::uuid[]) and r.owner = $1 and r.ended_at is null)', 'r.id = any($2::uuid[]) and $1 = $1)'],
      [
        'from incoming i join owned o on o.id = i.run_id and o.epoch = i.epoch)',
        'from incoming i join owned o on o.id = i.run_id)',
      ],
      ['i.run_id = o.id and i.epoch = o.epoch)`;', 'i.run_id = o.id)`;'],
      ['on o.id = e.run_id and o.epoch = e.epoch', 'on o.id = e.run_id'],
      ['r.id = o.id and r.epoch = o.epoch', 'r.id = o.id'],
    ],
    scenario: 'zombie-writer',
    shape: 'three',
  },
  {
    name: 'send before the commit',
    file: 'modules/runs/log-writer.ts',
    replace: [
      [
        'const owned = await write(rows, endings);',
        'tell(batch, rows, new Set(rows.map((row) => row.run_id)));\n    const owned = await write(rows, endings);',
      ],
    ],
    scenario: 'kill-before-commit',
    shape: 'one',
  },
  {
    name: 'resume one event too late',
    file: 'modules/runs/routes.ts',
    replace: [
      [
        'const after = readAfter(request, request.query.after);',
        'const seen = readAfter(request, request.query.after);\n        const after = seen === 0 ? 0 : seen + 1;',
      ],
    ],
    scenario: 'restless-viewers',
    shape: 'embedded',
  },
  {
    name: 'swallow a failed append',
    file: 'modules/runs/log-writer.ts',
    replace: [
      [
        '        unsure = true;\n',
        '        unsure = true;\n        if (wait > 0) return new Set(rows.map((row) => row.run_id));\n',
      ],
    ],
    scenario: 'database-away',
    shape: 'one',
  },
  {
    name: 'call streams completed that were cut',
    file: 'modules/runs/executor.ts',
    replace: [["return finish('failed', null, fault);", "return finish('completed', null, null);"]],
    scenario: 'provider-faults',
    shape: 'embedded',
  },
  {
    name: 'drop fsync',
    file: 'platform/database/durable-files.ts',
    replace: [['NODEFS.stream_ops.fsync = (file) => syncFile(files, file);', '']],
    scenario: 'power-cut',
    shape: 'embedded',
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A copy of the server with that fault in it. Throws when the text to be replaced is not there: the tooth is blunt. */
const brokenServer = ({ name, file, replace }: Tooth): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-faults-tooth-'));
  cpSync(join(root, 'server'), join(folder, 'server'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, 'server/src', file);
  let text = readFileSync(path, 'utf8');
  for (const [from, to] of replace) {
    if (text.split(from).length !== 2) throw new Error(`"${name}": ${file} does not have this text once: ${from}`);
    text = text.replace(from, () => to);
  }
  writeFileSync(path, text);
  return folder;
};

const isCaught = (tooth: Tooth, seed: number): boolean => {
  const folder = brokenServer(tooth);
  try {
    const argv = [
      'faults/run.ts',
      '--server',
      join(folder, 'server'),
      '--only',
      tooth.scenario,
      '--shape',
      tooth.shape,
    ];
    const { status, stderr } = spawnSync(process.execPath, [...argv, '--seed', String(seed)], {
      cwd: root,
      encoding: 'utf8',
    });
    const found = stderr.split('\n').find((line) => line.startsWith('  ')) ?? '';
    // 1 is a violation; anything else is a suite that could not run.
    if (status === 1 && !found.includes('can be played')) {
      say(`caught   ${tooth.name}: by ${tooth.scenario} on ${tooth.shape}\n         ${found.trim().slice(0, 160)}`);
      return true;
    }
    say(`MISSED   ${tooth.name}: ${tooth.scenario} on ${tooth.shape} ended with ${status}\n${stderr.slice(-1_500)}`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Breaks copies of the server in known ways and shows that the suite catches each; `only` names scenarios. */
export const showTeeth = (seed: number, only: readonly string[]): boolean => {
  const wanted = teeth.filter(({ scenario }) => only.length === 0 || only.includes(scenario));
  return wanted.map((tooth) => isCaught(tooth, seed)).every((caught) => caught);
};
