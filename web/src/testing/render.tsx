import { createMemoryHistory } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { App, createApp } from '../app.tsx';
import { stubApi, type StubRoutes } from './api-stub.ts';
import { listOf, meOf, setupOf } from './fixtures.ts';

/** Enough for the shell to come up; a test overrides what it is about. */
const shellRoutes: StubRoutes = {
  'GET /v1/setup': setupOf(),
  'GET /v1/me': meOf(),
  'GET /v1/conversations': listOf([]),
  'GET /v1/bots': listOf([]),
  'GET /v1/bot-types': listOf([]),
  'GET /v1/models': listOf([]),
  'GET /v1/providers': listOf([]),
  'GET /v1/providers/offers': listOf([]),
};

/** The whole app at an address, with the server stubbed at `fetch`. */
export function renderApp(path: string, routes: StubRoutes = {}) {
  const api = stubApi({ ...shellRoutes, ...routes });
  const { queryClient, router } = createApp({
    history: createMemoryHistory({ initialEntries: [path] }),
    retryDelay: 1,
  });
  const user = userEvent.setup();
  const view = render(<App queryClient={queryClient} router={router} />);
  return { ...view, api, router, queryClient, user, path: () => router.state.location.href };
}
