import { QueryCache, QueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { createClient, ParleyError } from '@parley/sdk';

/** The one client of the app, calling the page's own origin as the user's personal workspace. */
export const client = createClient({ baseUrl: typeof window === 'undefined' ? '' : window.location.origin });
export type Api = typeof client;

const bound = new Map<string, Api>();

/** The client that acts in a workspace. The same object for the same id. */
export function apiIn(workspaceId: string): Api {
  const known = bound.get(workspaceId);
  if (known) return known;
  const api = client.inWorkspace(workspaceId);
  bound.set(workspaceId, api);
  return api;
}

/** The id in the address; on pages outside a workspace (sign-in, invitation) an empty string. */
export function useWorkspaceId(): string {
  const params = useParams({ strict: false }) as { workspaceId?: string };
  return params.workspaceId ?? '';
}

/** The client bound to the workspace in the address. */
export function useApi(): Api {
  const workspaceId = useWorkspaceId();
  return workspaceId ? apiIn(workspaceId) : client;
}

/** Everything cached lives under one of these keys; what belongs to a workspace starts with its id. */
export const queryKeys = {
  setup: ['setup'] as const,
  me: ['me'] as const,
  sessions: ['sessions'] as const,
  invitation: (token: string) => ['invitation', token] as const,
  workspace: (workspaceId: string) => ['workspace', workspaceId] as const,
  members: (workspaceId: string) => ['workspace', workspaceId, 'members'] as const,
  invitations: (workspaceId: string) => ['workspace', workspaceId, 'invitations'] as const,
  providers: (workspaceId: string) => ['workspace', workspaceId, 'providers'] as const,
  providerOffers: (workspaceId: string) => ['workspace', workspaceId, 'provider-offers'] as const,
  models: (workspaceId: string) => ['workspace', workspaceId, 'models'] as const,
  botTypes: (workspaceId: string) => ['workspace', workspaceId, 'bot-types'] as const,
  bots: (workspaceId: string) => ['workspace', workspaceId, 'bots'] as const,
  bot: (workspaceId: string, botId: string) => ['workspace', workspaceId, 'bots', botId] as const,
  conversations: (workspaceId: string) => ['workspace', workspaceId, 'conversations'] as const,
  conversation: (workspaceId: string, conversationId: string) =>
    ['workspace', workspaceId, 'conversations', conversationId] as const,
  messages: (workspaceId: string, conversationId: string) =>
    ['workspace', workspaceId, 'conversations', conversationId, 'messages'] as const,
};

const passing = new Set(['network', 'internal', 'unavailable', 'invalid_response']);

/** Asking again only helps when the failure may pass by itself. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < 2 && error instanceof ParleyError && passing.has(error.code);
}

/** One per page load (and per test). `onSignedOut` runs when the server no longer knows the session. */
export function createQueryClient(options: { onSignedOut?: () => void; retryDelay?: number } = {}): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (!(error instanceof ParleyError) || error.code !== 'unauthenticated') return;
        // Asking for /me before signing in is how a page finds out; losing a user who was there is news.
        if (query.queryKey[0] !== 'me' || query.state.data !== undefined) options.onSignedOut?.();
      },
    }),
    defaultOptions: {
      queries: {
        retry: shouldRetry,
        ...(options.retryDelay === undefined ? {} : { retryDelay: options.retryDelay }),
        staleTime: 15_000,
        refetchOnWindowFocus: true,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
