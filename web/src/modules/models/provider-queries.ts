import { useQuery, useQueryClient } from '@tanstack/react-query';
import { queryKeys, useApi, useWorkspaceId } from '../../api.ts';

export function useProviders() {
  const api = useApi();
  return useQuery({ queryKey: queryKeys.providers(useWorkspaceId()), queryFn: () => api.providers.list() });
}

export function useOffers() {
  const api = useApi();
  return useQuery({ queryKey: queryKeys.providerOffers(useWorkspaceId()), queryFn: () => api.providers.offers() });
}

export function useModels() {
  const api = useApi();
  return useQuery({ queryKey: queryKeys.models(useWorkspaceId()), queryFn: () => api.models.list() });
}

/** After any change to a provider: the list, what is still on offer, and the models to choose from. */
export function useRefreshProviders() {
  const queryClient = useQueryClient();
  const workspaceId = useWorkspaceId();
  return () =>
    Promise.all(
      [queryKeys.providers(workspaceId), queryKeys.providerOffers(workspaceId), queryKeys.models(workspaceId)].map(
        (queryKey) => queryClient.invalidateQueries({ queryKey }),
      ),
    );
}
