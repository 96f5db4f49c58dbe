import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/connect.ts';
import type { Models } from '../models/index.ts';
import { botRoutes } from './routes.ts';
import { createBotService } from './service.ts';
import { createBotStore, demoBotId } from './store.ts';

export { visibleTo } from './access.ts';
export { demoBotId, type StoredBot } from './store.ts';

export interface BotsDeps {
  database: Database;
  models: Pick<Models, 'hasProvider'>;
  clock: Clock;
}

/** Bots: configured assistants of a workspace, and the public ones of the installation. */
export const createBots = (deps: BotsDeps) => {
  const service = createBotService({ store: createBotStore(deps.database), models: deps.models, clock: deps.clock });
  return {
    /**
     * The whole bot, instructions included, if that user may talk with it in that workspace; else null. One statement.
     * A model that the bot names belongs to `bot.workspaceId`; null stands for the default of the asking workspace.
     */
    forRun: service.forRun,
    /** The id of the bot that a new conversation starts with when nobody chose one. */
    defaultFor: demoBotId,
    routes: botRoutes(service),
    jobs: [],
    listeners: [],
  };
};

export type Bots = ReturnType<typeof createBots>;
