import { chmodSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Backup } from './backup.ts';

const fileOf = (dataDir: string): string => join(dataDir, 'parley.sock');

const requestSchema = z.strictObject({ masterKey: z.boolean() });
const answerSchema = z.union([
  z.strictObject({
    backup: z.strictObject({
      file: z.string(),
      bytes: z.number(),
      sha256: z.string(),
      masterKey: z.boolean(),
      seconds: z.number(),
    }),
  }),
  z.strictObject({ error: z.string() }),
]);
type Answer = z.infer<typeof answerSchema>;

const firstLine = async (socket: Socket): Promise<string> => {
  for await (const line of createInterface({ input: socket })) return line;
  throw new Error('the server went away');
};

const answerTo = async (socket: Socket, take: (masterKey: boolean) => Promise<Backup>): Promise<Answer> => {
  try {
    const { masterKey } = requestSchema.parse(JSON.parse(await firstLine(socket)));
    return { backup: await take(masterKey) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};

/**
 * Lets `npm run backup` ask the process that has the database open: a socket in the data directory that only its owner can
 * reach. One line of JSON each way.
 */
export const listenForBackups = async (
  dataDir: string,
  take: (masterKey: boolean) => Promise<Backup>,
): Promise<{ close(): Promise<void> }> => {
  const file = fileOf(dataDir);
  // Left over from a crash: the directory's lock says that it is nobody's now.
  rmSync(file, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    void answerTo(socket, take).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
  });
  server.listen(file);
  await once(server, 'listening');
  chmodSync(file, 0o600);
  return {
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
};

/** Asks the process that has the database open for a backup; throws when it cannot be asked or could not make one. */
export const askForBackup = async (dataDir: string, masterKey: boolean): Promise<Backup> => {
  const socket = connect(fileOf(dataDir));
  await once(socket, 'connect');
  socket.write(`${JSON.stringify({ masterKey })}\n`);
  const answer = answerSchema.parse(JSON.parse(await firstLine(socket)));
  socket.destroy();
  if ('error' in answer) throw new Error(answer.error);
  return answer.backup;
};
