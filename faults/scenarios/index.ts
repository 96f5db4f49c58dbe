import type { Scenario } from '../stage.ts';
import { clockJumps } from './clock-jumps.ts';
import { databaseAway } from './database-away.ts';
import { connectionsExhausted, tableLocked } from './database-blocked.ts';
import { diskFull } from './disk-full.ts';
import { duplicatePosts } from './duplicate-posts.ts';
import { firstStart } from './first-start.ts';
import { killAtEveryWord } from './kill-at-every-word.ts';
import { killBeforeCommit } from './kill-before-commit.ts';
import { killNode } from './kill-node.ts';
import { clientLinks, databaseLinks, providerLink, redisLinks } from './links.ts';
import { lostCommitReply } from './lost-commit-reply.ts';
import { powerCut } from './power-cut.ts';
import { providerFaults } from './provider-faults.ts';
import { redisGone } from './redis-gone.ts';
import { restlessViewers } from './restless-viewers.ts';
import { rollingRestart } from './rolling-restart.ts';
import { slowReaders } from './slow-readers.ts';
import { zombieWriter } from './zombie-writer.ts';

/** In the order in which they are played. */
export const scenarios: readonly Scenario[] = [
  duplicatePosts,
  restlessViewers,
  killNode,
  killAtEveryWord,
  killBeforeCommit,
  zombieWriter,
  lostCommitReply,
  databaseAway,
  tableLocked,
  connectionsExhausted,
  databaseLinks,
  clientLinks,
  redisLinks,
  redisGone,
  providerLink,
  slowReaders,
  providerFaults,
  rollingRestart,
  firstStart,
  powerCut,
  diskFull,
  clockJumps,
];
