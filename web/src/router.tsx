import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
  type RouterHistory,
} from '@tanstack/react-router';
import { ParleyError } from '@parley/sdk';
import { meQuery, pickWorkspace, rememberWorkspace, setupQuery } from './session.tsx';
import { AppShell } from './shell/app-shell.tsx';
import { CrashPage } from './shell/crash-page.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { PagePending } from './shell/page-pending.tsx';
import { RootLayout } from './shell/root-layout.tsx';

interface RouterContext {
  queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: RootLayout,
  notFoundComponent: NotFoundPage,
});

const isSignedOut = (error: unknown) => error instanceof ParleyError && error.code === 'unauthenticated';

/** The signed-in user, or a detour to sign-in that leads back to where the visitor wanted to go. */
async function requireMe(queryClient: QueryClient, href: string) {
  try {
    return await queryClient.query({ ...meQuery, staleTime: 'static' });
  } catch (error) {
    if (!isSignedOut(error)) throw error;
    throw redirect({ to: '/sign-in', search: href === '/' ? {} : { redirect: href } });
  }
}

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: async ({ context, location }) => {
    const workspace = pickWorkspace(await requireMe(context.queryClient, location.href));
    if (!workspace) throw notFound();
    throw redirect({ to: '/w/$workspaceId/chat', params: { workspaceId: workspace.id } });
  },
});

interface SignInSearch {
  redirect?: string;
}
/** Only paths of this app: a link to elsewhere must not ride on sign-in. What is refused is named, or it would stay. */
function readSignInSearch(search: Record<string, unknown>): SignInSearch {
  const target = search.redirect;
  return { redirect: typeof target === 'string' && /^\/(?![/\\])/.test(target) ? target : undefined };
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  beforeLoad: async ({ context }) => {
    const setup = await context.queryClient.query({ ...setupQuery, staleTime: 'static' });
    if (setup.needsOwner) throw redirect({ to: '/sign-up' });
  },
  component: lazyRouteComponent(() => import('./modules/identity/sign-in-page.tsx'), 'SignInPage'),
});
const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-up',
  loader: ({ context }) => context.queryClient.query({ ...setupQuery, staleTime: 'static' }),
  component: lazyRouteComponent(() => import('./modules/identity/sign-up-page.tsx'), 'SignUpPage'),
});
const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('./modules/identity/forgot-password-page.tsx'), 'ForgotPasswordPage'),
});
const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('./modules/identity/reset-password-page.tsx'), 'ResetPasswordPage'),
});
const inviteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invite',
  component: lazyRouteComponent(() => import('./modules/workspaces/invite-page.tsx'), 'InvitePage'),
});

const workspaceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/w/$workspaceId',
  beforeLoad: async ({ context, params, location }) => {
    const me = await requireMe(context.queryClient, location.href);
    if (!me.workspaces.some((workspace) => workspace.id === params.workspaceId)) throw notFound();
    rememberWorkspace(params.workspaceId);
  },
  component: AppShell,
});
const workspaceHomeRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/w/$workspaceId/chat', params });
  },
});

/**
 * One component for both addresses: it stays mounted when a new chat gets its id, so a running answer is not
 * interrupted. Read `conversationId` with `useParams({ strict: false })`; it is undefined for a new chat.
 */
const chatRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'chat',
  validateSearch: (search: Record<string, unknown>): { bot?: string } => ({
    bot: typeof search.bot === 'string' ? search.bot : undefined,
  }),
  component: lazyRouteComponent(() => import('./modules/chat/chat-page.tsx'), 'ChatPage'),
});
const newChatRoute = createRoute({ getParentRoute: () => chatRoute, path: '/' });
const conversationRoute = createRoute({ getParentRoute: () => chatRoute, path: '$conversationId' });

const botsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'bots',
  component: lazyRouteComponent(() => import('./modules/bots/bots-page.tsx'), 'BotsPage'),
});
const newBotRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'bots/new',
  component: lazyRouteComponent(() => import('./modules/bots/bot-editor-page.tsx'), 'BotEditorPage'),
});
const botRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'bots/$botId',
  component: lazyRouteComponent(() => import('./modules/bots/bot-editor-page.tsx'), 'BotEditorPage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: 'settings',
  component: lazyRouteComponent(() => import('./modules/settings/settings-layout.tsx'), 'SettingsLayout'),
});
const settingsHomeRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/w/$workspaceId/settings/profile', params });
  },
});
const profileRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'profile',
  component: lazyRouteComponent(() => import('./modules/settings/profile-page.tsx'), 'ProfilePage'),
});
const modelsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'models',
  component: lazyRouteComponent(() => import('./modules/models/models-page.tsx'), 'ModelsPage'),
});
const appearanceRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'appearance',
  component: lazyRouteComponent(() => import('./modules/settings/appearance-page.tsx'), 'AppearancePage'),
});
const languageRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'language',
  component: lazyRouteComponent(() => import('./modules/settings/language-page.tsx'), 'LanguagePage'),
});
const membersRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'members',
  component: lazyRouteComponent(() => import('./modules/workspaces/members-page.tsx'), 'MembersPage'),
});
const workspaceSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'workspace',
  component: lazyRouteComponent(() => import('./modules/workspaces/workspace-page.tsx'), 'WorkspacePage'),
});
const sessionsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'sessions',
  component: lazyRouteComponent(() => import('./modules/settings/sessions-page.tsx'), 'SessionsPage'),
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  signInRoute,
  signUpRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  inviteRoute,
  workspaceRoute.addChildren([
    workspaceHomeRoute,
    chatRoute.addChildren([newChatRoute, conversationRoute]),
    botsRoute,
    newBotRoute,
    botRoute,
    settingsRoute.addChildren([
      settingsHomeRoute,
      profileRoute,
      modelsRoute,
      appearanceRoute,
      languageRoute,
      membersRoute,
      workspaceSettingsRoute,
      sessionsRoute,
    ]),
  ]),
]);

export function createAppRouter(queryClient: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree,
    context: { queryClient },
    ...(history ? { history } : {}),
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 200,
    defaultPendingMinMs: 200,
    defaultPendingComponent: PagePending,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}
export type AppRouter = ReturnType<typeof createAppRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter;
  }
}
