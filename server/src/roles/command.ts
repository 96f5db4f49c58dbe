import { ConfigError } from '../platform/config.ts';

/** A line for the person at the terminal. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

const isMisuse = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');

/** Runs a command of the terminal to its end: exit code 0, or 1 with one line for each fault. */
export const runCommand = async (name: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
    process.exitCode = 0;
  } catch (error) {
    const lines = error instanceof ConfigError ? error.lines : [`${name} failed: ${(error as Error).message}`];
    for (const line of isMisuse(error) ? [`${name}: ${(error as Error).message}`] : lines) say(`parley: ${line}`);
    process.exitCode = 1;
  }
};
