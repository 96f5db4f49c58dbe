import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';

interface Holder {
  pid: number;
  processStart: string | null;
  pidNamespace: string | null;
  /** Of the kernel that is running: after a restart of the machine pids and start times may come again. */
  boot: string | null;
  host: string;
  since: string;
  description: string;
}

const heartbeatMs = 5_000;
const silentMs = 30_000;
/** A lock without a holder is one that is being written just now, or what a crash left of one. */
const writingMs = 5_000;

const attempt = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch {
    return null;
  }
};

/** Start time of a process in clock ticks since boot (proc(5), field 22): tells a process from a later one of the same pid. */
const processStart = (pid: number): string | null =>
  attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  });

const pidNamespace = (): string | null => attempt(() => readlinkSync('/proc/self/ns/pid'));

const bootId = (): string | null => attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: somebody else's process, but one that runs.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const ageMs = (file: string): number => Date.now() - (attempt(() => statSync(file).mtimeMs) ?? 0);

const isAlive = (holder: Holder, file: string): boolean => {
  const isForeign = holder.host !== hostname() || holder.pidNamespace !== pidNamespace() || holder.boot !== bootId();
  if (isForeign) return ageMs(file) < silentMs;
  return isRunning(holder.pid) && processStart(holder.pid) === holder.processStart;
};

const cannotLock = (file: string, error: unknown): ConfigError =>
  new ConfigError([
    `${file} cannot be written (${(error as NodeJS.ErrnoException).code}); DATA_DIR needs a folder with room that this process may write to`,
  ]);

const create = (file: string, text: string): boolean => {
  let handle: number;
  try {
    handle = openSync(file, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cannotLock(file, error);
  }
  try {
    writeSync(handle, text);
    fsyncSync(handle);
    return true;
  } catch (error) {
    rmSync(file, { force: true });
    throw cannotLock(file, error);
  } finally {
    closeSync(handle);
  }
};

const refusal = (dataDir: string, holder: Holder | null): ConfigError =>
  new ConfigError([
    holder
      ? `DATA_DIR ${dataDir} is in use by ${holder.description} (process ${holder.pid} on ${holder.host}, since ${holder.since}); stop that one or use another folder`
      : `DATA_DIR ${dataDir} is being taken by another process; try again`,
  ]);

const fileOf = (dataDir: string): string => join(dataDir, 'parley.lock');

/** True while a living process has the data directory, or is about to. */
export const isDirectoryInUse = (dataDir: string): boolean => {
  const file = fileOf(dataDir);
  const text = attempt(() => readFileSync(file, 'utf8'));
  if (text === null) return false;
  const holder = attempt(() => JSON.parse(text) as Holder | null);
  return holder ? isAlive(holder, file) : ageMs(file) < writingMs;
};

/** Takes the data directory for this process alone; throws ConfigError naming the holder when another one lives. */
export const takeDirectoryLock = (dataDir: string, description: string): { release(): void } => {
  const file = fileOf(dataDir);
  const own: Holder = {
    pid: process.pid,
    processStart: processStart(process.pid),
    pidNamespace: pidNamespace(),
    boot: bootId(),
    host: hostname(),
    since: new Date().toISOString(),
    description,
  };
  const text = JSON.stringify(own);
  if (!create(file, text)) {
    const seen = attempt(() => readFileSync(file, 'utf8'));
    const holder = seen === null ? null : attempt(() => JSON.parse(seen) as Holder);
    if (holder ? isAlive(holder, file) : ageMs(file) < writingMs) throw refusal(dataDir, holder);
    const aside = `${file}.${process.pid}.stale`;
    attempt(() => renameSync(file, aside));
    const moved = attempt(() => readFileSync(aside, 'utf8'));
    // A faster process may have replaced the stale lock between our look and our move: give it back.
    if (moved !== null && moved !== seen) {
      renameSync(aside, file);
      throw refusal(
        dataDir,
        attempt(() => JSON.parse(moved) as Holder),
      );
    }
    rmSync(aside, { force: true });
    if (!create(file, text)) throw refusal(dataDir, null);
  }
  const heartbeat = setInterval(() => attempt(() => utimesSync(file, new Date(), new Date())), heartbeatMs);
  heartbeat.unref();
  return {
    release() {
      clearInterval(heartbeat);
      if (attempt(() => readFileSync(file, 'utf8')) === text) rmSync(file, { force: true });
    },
  };
};
