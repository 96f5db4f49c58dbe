import type { Bot, Model } from '@parley/sdk';
import { useQuery } from '@tanstack/react-query';
import { queryKeys, useApi, useWorkspaceId } from '../../api.ts';

export const useBots = () => {
  const api = useApi();
  const workspaceId = useWorkspaceId();
  return useQuery({ queryKey: queryKeys.bots(workspaceId), queryFn: () => api.bots.list() });
};

export const useModels = () => {
  const api = useApi();
  const workspaceId = useWorkspaceId();
  return useQuery({ queryKey: queryKeys.models(workspaceId), queryFn: () => api.models.list() });
};

const lastBotKey = (workspaceId: string): string => `parley.bot.${workspaceId}`;

export const rememberBot = (workspaceId: string, botId: string): void => {
  try {
    localStorage.setItem(lastBotKey(workspaceId), botId);
  } catch {
    // The next new chat then starts with the first bot.
  }
};

export const rememberedBot = (workspaceId: string): string | null => {
  try {
    return localStorage.getItem(lastBotKey(workspaceId));
  } catch {
    return null;
  }
};

/** The bot asked for, else the one talked to last, else the workspace's own first one, else the public demo. */
export const chooseBot = (
  bots: readonly Bot[],
  workspaceId: string,
  asked: string | undefined,
  last: string | null,
): Bot | undefined =>
  bots.find((bot) => bot.id === asked) ??
  bots.find((bot) => bot.id === last) ??
  bots.find((bot) => bot.workspaceId === workspaceId) ??
  bots[0];

/** Whether this bot answers from the scripted demo because the workspace has no real model yet. */
export const isDemoOnly = (bot: Bot | undefined, models: readonly Model[]): boolean => {
  const standard = models.find((model) => model.isDefault);
  if (standard !== undefined && standard.kind !== 'demo') return false;
  const own = bot?.model;
  if (own === null || own === undefined) return true;
  const kind = models.find((model) => model.providerId === own.providerId)?.kind;
  return kind === undefined || kind === 'demo';
};
