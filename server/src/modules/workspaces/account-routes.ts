import type { RouteLimit } from '../../platform/http/limits.ts';
import type { Routes } from '../../platform/http/app.ts';
import { credentialsBody, profilePatch, type Identity } from '../identity/index.ts';
import { MeSchema, SetupSchema, signUpBody } from './schemas.ts';
import type { WorkspaceService } from './service.ts';
import type { SignUp } from './sign-up.ts';

const signUpLimit: RouteLimit = { name: 'sign-up by address', by: 'address', points: 30, seconds: 3600 };
const signInLimits: RouteLimit[] = [
  { name: 'sign-in by address', by: 'address', points: 60, seconds: 900 },
  { name: 'sign-in by account', by: 'account', points: 10, seconds: 900 },
];

/** Routes about people that answer with their workspaces; the other ones are in identity. */
export const accountRoutes =
  (deps: { identity: Pick<Identity, 'signIn'>; service: WorkspaceService; signUp: SignUp }): Routes =>
  (app) => {
    const { identity, service, signUp } = deps;

    app.get(
      '/v1/setup',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'getSetup',
          tags: ['auth'],
          summary: 'What a visitor can do here',
          response: { 200: SetupSchema },
        },
      },
      () => signUp.setup(),
    );

    app.post(
      '/v1/auth/sign-up',
      {
        config: { access: 'public', limit: signUpLimit },
        schema: {
          operationId: 'signUp',
          tags: ['auth'],
          summary: 'Make an account and sign in; the first account is the operator',
          body: signUpBody,
          response: { 201: MeSchema },
        },
      },
      async (request, reply) => {
        const { userId, cookies } = await signUp.signUp(request.body, request.headers);
        return await reply
          .status(201)
          .header('set-cookie', cookies)
          .send(await service.me(userId));
      },
    );

    app.post(
      '/v1/auth/sign-in',
      {
        config: { access: 'public', limit: signInLimits },
        schema: {
          operationId: 'signIn',
          tags: ['auth'],
          summary: 'Sign in with e-mail and password',
          body: credentialsBody,
          response: { 200: MeSchema },
        },
      },
      async (request, reply) => {
        const { userId, cookies } = await identity.signIn(request.body, request.headers);
        return await reply.header('set-cookie', cookies).send(await service.me(userId));
      },
    );

    app.get(
      '/v1/me',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getMe',
          tags: ['me'],
          summary: 'Who you are and your workspaces',
          response: { 200: MeSchema },
        },
      },
      ({ caller }) => service.me(caller.userId),
    );

    app.patch(
      '/v1/me',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'updateMe',
          tags: ['me'],
          summary: 'Change your name, avatar or preferences',
          body: profilePatch,
          response: { 200: MeSchema },
        },
      },
      ({ caller, body }) => service.updateProfile(caller, body),
    );
  };
