import type { Bot, BotInput } from '@parley/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { queryKeys, useApi, useWorkspaceId } from '../../api.ts';

export const useBots = () => {
  const api = useApi();
  return useQuery({ queryKey: queryKeys.bots(useWorkspaceId()), queryFn: () => api.bots.list() });
};

export const useBot = (botId: string | undefined) => {
  const api = useApi();
  const workspaceId = useWorkspaceId();
  return useQuery({
    queryKey: queryKeys.bot(workspaceId, botId ?? ''),
    queryFn: () => api.bots.get(botId ?? ''),
    enabled: botId !== undefined,
    // Somebody is writing in the form that this fills.
    refetchOnWindowFocus: false,
  });
};

export const useBotTypes = () => {
  const api = useApi();
  return useQuery({
    queryKey: queryKeys.botTypes(useWorkspaceId()),
    queryFn: () => api.bots.types(),
    staleTime: Number.POSITIVE_INFINITY,
  });
};

export const useModels = () => {
  const api = useApi();
  return useQuery({ queryKey: queryKeys.models(useWorkspaceId()), queryFn: () => api.models.list() });
};

const useRefreshBots = () => {
  const queryClient = useQueryClient();
  const workspaceId = useWorkspaceId();
  return (bot?: Bot): void => {
    if (bot !== undefined) queryClient.setQueryData(queryKeys.bot(workspaceId, bot.id), bot);
    void queryClient.invalidateQueries({ queryKey: queryKeys.bots(workspaceId), exact: true });
    // Conversations carry their bot's name and avatar.
    void queryClient.invalidateQueries({ queryKey: queryKeys.conversations(workspaceId) });
  };
};

export const useSaveBot = (botId: string | undefined) => {
  const api = useApi();
  const refresh = useRefreshBots();
  return useMutation({
    mutationFn: (input: Partial<BotInput>) =>
      botId === undefined ? api.bots.create(input as BotInput) : api.bots.update(botId, input),
    onSuccess: refresh,
  });
};

export const useDuplicateBot = () => {
  const api = useApi();
  const refresh = useRefreshBots();
  return useMutation({ mutationFn: (botId: string) => api.bots.duplicate(botId), onSuccess: refresh });
};

export const useDeleteBot = () => {
  const api = useApi();
  const queryClient = useQueryClient();
  const workspaceId = useWorkspaceId();
  const refresh = useRefreshBots();
  return useMutation({
    mutationFn: (botId: string) => api.bots.delete(botId),
    onSuccess: (_nothing, botId) => {
      queryClient.setQueryData<{ items: Bot[] }>(
        queryKeys.bots(workspaceId),
        (known) => known && { ...known, items: known.items.filter((bot) => bot.id !== botId) },
      );
      queryClient.removeQueries({ queryKey: queryKeys.bot(workspaceId, botId) });
      refresh();
    },
  });
};
