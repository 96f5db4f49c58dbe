import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shape } from './cluster/cluster.ts';

interface Edit {
  /** Below `server`. */
  file: string;
  text: string;
  by: string;
}

/** A way to break the product, and the least that has to notice. */
interface Tooth {
  name: string;
  edits: readonly Edit[];
  scenario: string;
  shape: Shape;
  /** What a violation has to say; another one would be chance. */
  sign: RegExp;
}

const writer = 'src/modules/runs/log-writer.ts';
const logStore = 'src/modules/runs/log-store.ts';

const teeth: readonly Tooth[] = [
  {
    name: 'skip the deduplication of sends',
    edits: [{ file: 'src/modules/runs/service.ts', text: 'key: key ?? runId,', by: 'key: runId,' }],
    scenario: 'duplicate-posts',
    shape: 'embedded',
    sign: /acked questions are kept|a key creates once/,
  },
  {
    name: 'drop the fencing of stale owners, the key of the log included',
    edits: [
      { file: logStore, text: 'and r.owner = $1 and r.ended_at is null)', by: 'and $1::text is not null)' },
      {
        file: logStore,
        text: 'from incoming i join owned o on o.id = i.run_id and o.epoch = i.epoch)',
        by: 'from incoming i join owned o on o.id = i.run_id)',
      },
      { file: logStore, text: 'except select id, epoch from owned) as missing', by: 'where false) as missing' },
      {
        file: logStore,
        text: 'on o.id = e.run_id and o.epoch = e.epoch\n    where r.id = any($2::uuid[]) and r.id = o.id and r.epoch = o.epoch',
        by: 'on o.id = e.run_id\n    where r.id = any($2::uuid[]) and r.id = o.id',
      },
      {
        file: logStore,
        text: 'where id = asked.id and owner = $1 and epoch = asked.epoch offset 0',
        by: 'where id = asked.id and $1::text is not null offset 0',
      },
      {
        file: 'migrations/2026-11-21-first.sql',
        text: 'created_at timestamptz not null default now(),\n  primary key (run_id, seq)\n',
        by: 'created_at timestamptz not null default now()\n',
      },
    ],
    scenario: 'zombie-writer',
    shape: 'three',
    sign: /logs are dense|the log is the message/,
  },
  {
    name: 'send before the commit',
    edits: [
      {
        file: writer,
        text: 'const lost = await write(rows, endings);',
        by: 'tell(batch, rows, new Set());\n    await write(rows, endings);',
      },
      { file: writer, text: '    tell(batch, rows, lost);\n', by: '' },
    ],
    scenario: 'kill-before-commit',
    shape: 'one',
    sign: /viewers saw the log/,
  },
  {
    name: 'resume one event too late',
    edits: [
      {
        file: 'src/modules/runs/routes.ts',
        text: 'const after = readAfter(request, request.query.after);',
        by: 'const seen = readAfter(request, request.query.after);\n        const after = seen === 0 ? 0 : seen + 1;',
      },
    ],
    scenario: 'restless-viewers',
    shape: 'embedded',
    sign: /viewers saw the log/,
  },
  {
    name: 'swallow a failed append',
    edits: [
      {
        file: writer,
        text: '        unsure = true;\n',
        by: '        unsure = true;\n        if (wait > 0) return new Set();\n',
      },
    ],
    scenario: 'database-away',
    shape: 'one',
    sign: /logs are dense|viewers saw the log/,
  },
  {
    name: 'call streams completed that were cut',
    edits: [
      {
        file: 'src/modules/runs/executor.ts',
        text: "return finish('failed', null, fault);",
        by: "return finish('completed', null, null);",
      },
    ],
    scenario: 'provider-faults',
    shape: 'embedded',
    sign: /answers are what the provider said/,
  },
  {
    name: 'drop fsync',
    edits: [
      {
        file: 'src/platform/database/durable-files.ts',
        text: 'NODEFS.stream_ops.fsync = (file) => syncFile(files, file);',
        by: '',
      },
    ],
    scenario: 'power-cut',
    shape: 'embedded',
    sign: /acked questions are kept|is damaged/,
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A copy of the server with that fault in it. Throws when the text to be replaced is not there: the tooth is blunt. */
const brokenServer = ({ name, edits }: Tooth): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-faults-tooth-'));
  cpSync(join(root, 'server'), join(folder, 'server'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, text, by } of edits) {
    const path = join(folder, 'server', file);
    const before = readFileSync(path, 'utf8');
    if (before.split(text).length !== 2) throw new Error(`"${name}": ${file} does not have this text once: ${text}`);
    writeFileSync(
      path,
      before.replace(text, () => by),
    );
  }
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
    const found = stderr.split('\n').find((line) => tooth.sign.test(line));
    if (status === 1 && found !== undefined) {
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
  // Looked at first: a text that is gone is no reason to find out after minutes.
  for (const tooth of teeth) rmSync(brokenServer(tooth), { recursive: true, force: true });
  const wanted = teeth.filter(({ scenario }) => only.length === 0 || only.includes(scenario));
  return wanted.map((tooth) => isCaught(tooth, seed)).every((caught) => caught);
};
