import type { Caller } from '../../platform/caller.ts';
import type { Clock } from '../../platform/clock.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { demoProviderId, type ModelRef, type Models } from '../models/index.ts';
import { canEdit, isAtHome, requireEdit, requireVisibility } from './access.ts';
import { describeType } from './bot-types.ts';
import { NAME_LIMIT, type BotBody, type BotPatch, type BotsQuery, type BotView } from './schemas.ts';
import type { BotStore, NewBot, StoredBot } from './store.ts';

export const BOTS_LIMIT = 2_000;
const COPY_SUFFIX = ' (copy)';

const present = (caller: Caller, bot: StoredBot): BotView => {
  const atHome = isAtHome(caller, bot);
  return {
    id: bot.id,
    workspaceId: bot.workspaceId,
    name: bot.name,
    description: bot.description,
    avatar: bot.avatar,
    type: bot.type,
    instructions: atHome ? bot.instructions : '',
    // Providers and people of other workspaces are nobody's business here; the demo provider is everybody's.
    model: atHome || bot.model?.providerId === demoProviderId ? bot.model : null,
    fallbacks: atHome ? bot.fallbacks : [],
    temperature: atHome ? bot.temperature : null,
    maxTokens: atHome ? bot.maxTokens : null,
    visibility: bot.visibility,
    createdBy: atHome ? bot.createdBy : null,
    canEdit: canEdit(caller, bot),
    createdAt: bot.createdAt.toISOString(),
    updatedAt: bot.updatedAt.toISOString(),
  };
};

export const createBotService = (deps: { store: BotStore; models: Pick<Models, 'hasProvider'>; clock: Clock }) => {
  const { store, models, clock } = deps;

  const findVisible = async (caller: Caller, id: string): Promise<StoredBot> => {
    const bot = await store.find(caller.workspaceId, caller.userId, id);
    if (!bot) throw notFound();
    return bot;
  };

  const requireModels = async (caller: Caller, { model, fallbacks = [] }: BotPatch): Promise<void> => {
    const named: { path: string; ref: ModelRef }[] = [
      ...(model ? [{ path: 'model', ref: model }] : []),
      ...fallbacks.map((ref, index) => ({ path: `fallbacks.${index}`, ref })),
    ];
    for (const { path, ref } of named) {
      if (await models.hasProvider(caller.workspaceId, ref.providerId)) continue;
      throw new AppError(
        'unprocessable',
        'The model’s provider is not connected in this workspace. Choose another model.',
        {
          errors: [{ path: `${path}.providerId`, message: 'is not a provider of this workspace' }],
        },
      );
    }
  };

  const insert = async (caller: Caller, bot: Omit<NewBot, 'id' | 'createdBy'>): Promise<BotView> => {
    if ((await store.count(caller.workspaceId)) >= BOTS_LIMIT)
      throw new AppError(
        'conflict',
        `A workspace has at most ${BOTS_LIMIT} bots. Delete some that are no longer used, then try again.`,
      );
    const stored = await store.insert(
      caller.workspaceId,
      { ...bot, id: newId(), createdBy: caller.userId },
      clock.now(),
    );
    return present(caller, stored);
  };

  return {
    async list(caller: Caller, query: BotsQuery): Promise<{ items: BotView[]; nextCursor: string | null }> {
      const bots = await store.list(caller.workspaceId, caller.userId, query.cursor ?? null, query.limit + 1);
      const page = bots.slice(0, query.limit);
      return {
        items: page.map((bot) => present(caller, bot)),
        nextCursor: bots.length > query.limit ? (page.at(-1)?.id ?? null) : null,
      };
    },

    async get(caller: Caller, id: string): Promise<BotView> {
      return present(caller, await findVisible(caller, id));
    },

    async create(caller: Caller, body: BotBody): Promise<BotView> {
      const preset = describeType(body.type);
      const draft = {
        name: body.name,
        type: body.type,
        description: body.description ?? preset.description,
        avatar: body.avatar ?? preset.avatar,
        instructions: body.instructions ?? preset.instructions,
        model: body.model ?? null,
        fallbacks: body.fallbacks ?? [],
        temperature: body.temperature === undefined ? preset.temperature : body.temperature,
        maxTokens: body.maxTokens ?? null,
        visibility: body.visibility ?? ('private' as const),
      };
      const own = { workspaceId: caller.workspaceId, createdBy: caller.userId, visibility: 'private' as const };
      requireVisibility(caller, own, draft.visibility);
      await requireModels(caller, draft);
      return await insert(caller, draft);
    },

    async update(caller: Caller, id: string, patch: BotPatch): Promise<BotView> {
      const bot = await findVisible(caller, id);
      requireEdit(caller, bot);
      if (patch.visibility !== undefined) requireVisibility(caller, bot, patch.visibility);
      await requireModels(caller, patch);
      const changed = await store.update(caller.workspaceId, caller.userId, bot, patch, clock.now());
      if (!changed) throw notFound();
      return present(caller, changed);
    },

    async remove(caller: Caller, id: string): Promise<void> {
      const bot = await findVisible(caller, id);
      requireEdit(caller, bot);
      if (!(await store.remove(caller.workspaceId, caller.userId, bot))) throw notFound();
    },

    async duplicate(caller: Caller, id: string): Promise<BotView> {
      const bot = await findVisible(caller, id);
      if (!isAtHome(caller, bot))
        throw new AppError(
          'forbidden',
          'This bot belongs to another workspace: you can talk with it, but its instructions are not yours to copy.',
        );
      const name = `${shorten(bot.name, NAME_LIMIT - COPY_SUFFIX.length)}${COPY_SUFFIX}`;
      return await insert(caller, { ...bot, name, visibility: 'private' });
    },

    async forRun(workspaceId: string, userId: string, botId: string): Promise<StoredBot | null> {
      return await store.find(workspaceId, userId, botId);
    },
  };
};

// Not between the halves of a surrogate pair.
const shorten = (text: string, length: number): string =>
  text
    .slice(0, length)
    .toWellFormed()
    .replace(/\ufffd$/u, '')
    .trimEnd();

export type BotService = ReturnType<typeof createBotService>;
