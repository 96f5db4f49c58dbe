import { queryOptions, useMutation, useQueryClient, useSuspenseQuery, type QueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import type { Me, Preferences, Role, User, Workspace } from '@parley/sdk';
import { client, queryKeys, shouldRetry, useWorkspaceId } from './api.ts';
import { forgetKeptTexts } from './kept-texts.ts';
import { browserTexts } from './text-store.ts';

export const meQuery = queryOptions({
  queryKey: queryKeys.me,
  queryFn: () => client.me.get(),
  staleTime: 60_000,
  retry: shouldRetry,
});

export const setupQuery = queryOptions({
  queryKey: queryKeys.setup,
  queryFn: () => client.setup.get(),
  staleTime: 30_000,
});

/** The signed-in user. Only below the workspace route, whose guard has already loaded it. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}
export function useUser(): User {
  return useMe().user;
}

/** The workspace in the address. The route's guard shows "not found" when the user is not in it. */
export function useWorkspace(): Workspace {
  const me = useMe();
  const workspaceId = useWorkspaceId();
  const workspace = me.workspaces.find((candidate) => candidate.id === workspaceId) ?? me.workspaces[0];
  if (!workspace) throw new Error('A signed-in user always has a personal workspace');
  return workspace;
}

const strength: Record<Role, number> = { viewer: 0, member: 1, admin: 2, owner: 3 };
export const isAtLeast = (role: Role, needed: Role): boolean => strength[role] >= strength[needed];

/** Whether the user's role in the active workspace reaches `needed`. The server decides; this only hides buttons. */
export function useCan(needed: Role): boolean {
  return isAtLeast(useWorkspace().role, needed);
}

const lastWorkspaceKey = 'parley.workspace';

/** Kept per browser so that `/` opens where the user last was. */
export function rememberWorkspace(workspaceId: string): void {
  try {
    localStorage.setItem(lastWorkspaceKey, workspaceId);
  } catch {
    // Private windows may refuse storage; the personal workspace is a fine fallback.
  }
}

export function pickWorkspace(me: Me): Workspace | undefined {
  let last: string | null = null;
  try {
    last = localStorage.getItem(lastWorkspaceKey);
  } catch {
    last = null;
  }
  return me.workspaces.find((workspace) => workspace.id === last) ?? me.workspaces[0];
}

/** Drops what was cached of a user. What the sign-in page stands on stays, or it would wait for it while in use. */
export const forgetCached = (queryClient: QueryClient): void =>
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== queryKeys.setup[0] });

/** Puts a fresh answer of sign-in, sign-up or PATCH /me in place; what another user left in the cache goes first. */
export function acceptMe(queryClient: QueryClient, me: Me): void {
  const before = queryClient.getQueryData<Me>(queryKeys.me);
  if (before && before.user.id !== me.user.id) forgetCached(queryClient);
  queryClient.setQueryData(queryKeys.me, me);
}

/** Ends the session on the server, forgets everything cached or written here, and shows the sign-in page. */
export function useSignOut() {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (where: 'here' | 'everywhere') =>
      where === 'here' ? client.auth.signOut() : client.auth.signOutEverywhere(),
    onSuccess: async () => {
      const userId = queryClient.getQueryData<Me>(queryKeys.me)?.user.id;
      await router.navigate({ to: '/sign-in' });
      if (userId !== undefined) forgetKeptTexts(browserTexts, userId);
      forgetCached(queryClient);
    },
  });
}

/** After leaving or deleting a workspace: moves to the personal one, then drops what was cached of the old. */
export function useForgetWorkspace() {
  const queryClient = useQueryClient();
  const router = useRouter();
  return async (workspaceId: string): Promise<void> => {
    const me = await client.me.get();
    const next = me.workspaces.find((workspace) => workspace.id !== workspaceId);
    if (next) await router.navigate({ to: '/w/$workspaceId/chat', params: { workspaceId: next.id }, replace: true });
    acceptMe(queryClient, me);
    queryClient.removeQueries({ queryKey: queryKeys.workspace(workspaceId) });
  };
}

/** Changes name, avatar or preferences; preferences show at once and fall back if the server refuses. */
export function useUpdateMe() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (patch: { name?: string; avatar?: string | null; preferences?: Partial<Preferences> }) =>
      client.me.update(patch),
    onMutate: ({ preferences }) => {
      const before = queryClient.getQueryData<Me>(queryKeys.me);
      if (before && preferences) {
        const user = { ...before.user, preferences: { ...before.user.preferences, ...preferences } };
        queryClient.setQueryData<Me>(queryKeys.me, { ...before, user });
      }
      return { before };
    },
    onSuccess: (me) => acceptMe(queryClient, me),
    onError: (_error, _patch, context) => {
      if (context?.before) queryClient.setQueryData(queryKeys.me, context.before);
    },
  });
}
