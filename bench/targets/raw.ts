import { Pool } from 'undici';
import type { Chat } from '../load/chat.ts';
import { rawBody } from './history.ts';
import type { Target } from './target.ts';

/** The fake model itself or a proxy before it: the same request as our server sends, and nothing else. */
export const createRawTarget = (name: string, url: string, rootPid: number | null): Target => {
  let chat: Chat | null = null;
  return {
    name,
    rootPid,
    pool: new Pool(url, { connections: 4096, pipelining: 1 }),
    async use(model) {
      chat = {
        path: '/v1/messages',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          'anthropic-version': '2023-06-01',
          'x-api-key': 'sk-fake-0123456789',
        },
        body: rawBody(model),
      };
    },
    chat() {
      if (!chat) throw new Error(`no model was chosen for ${name}`);
      return chat;
    },
    statements: null,
    databaseUse: null,
  };
};
