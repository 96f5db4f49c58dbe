import { betterAuth, type BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { deleteSessionCookie, setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';
import type { Database } from '../../platform/database/connect.ts';
import { newId, newToken } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { hashPassword, verifyPassword } from './password.ts';

export interface AuthOptions {
  database: Database;
  secret: string;
  publicUrl: string;
  cookieName: string;
  secureCookies: boolean;
  log: Logger;
  /** The sessions of this user were ended. */
  onSessionsEnded(userId: string): void;
  onPasswordReset(userId: string): Promise<void>;
}

const sessionSeconds = 30 * 24 * 3600;
const resetSeconds = 3600;

/** Steps of better-auth that it offers to plugins only. None of them has a URL. */
const steps = {
  id: 'parley',
  endpoints: {
    openSession: createAuthEndpoint.serverOnly(
      { method: 'POST', body: z.object({ userId: z.string() }), requireHeaders: true },
      async (ctx) => {
        const user = await ctx.context.internalAdapter.findUserById(ctx.body.userId);
        if (!user) throw new Error('the user of a new session does not exist');
        const session = await ctx.context.internalAdapter.createSession(user.id);
        await setSessionCookie(ctx, { session, user });
        return { sessionId: session.id };
      },
    ),
    readSessionToken: createAuthEndpoint.serverOnly({ method: 'GET', requireHeaders: true }, async (ctx) => {
      const token = await ctx.getSignedCookie(ctx.context.authCookies.sessionToken.name, ctx.context.secret);
      return { token: token === false || token === null ? null : token };
    }),
    clearSessionCookie: createAuthEndpoint.serverOnly({ method: 'POST' }, async (ctx) => {
      deleteSessionCookie(ctx);
      return {};
    }),
    // better-auth's own request-password-reset swallows the failure of a mail server; a job has to see it to try again.
    issuePasswordReset: createAuthEndpoint.serverOnly(
      { method: 'POST', body: z.object({ email: z.string() }) },
      async (ctx) => {
        const found = await ctx.context.internalAdapter.findUserByEmail(ctx.body.email);
        if (!found) return { issued: null };
        const token = newToken();
        await ctx.context.internalAdapter.createVerificationValue({
          identifier: `reset-password:${token}`,
          value: found.user.id,
          expiresAt: new Date(Date.now() + resetSeconds * 1000),
        });
        return { issued: { email: found.user.email, name: found.user.name, token } };
      },
    ),
  },
} satisfies BetterAuthPlugin;

/** better-auth on our tables, used as a library: its router is not mounted, our routes call `auth.api`. */
export const createAuth = (options: AuthOptions) => {
  const { log } = options;
  return betterAuth({
    appName: 'Parley',
    baseURL: options.publicUrl,
    secret: options.secret,
    database: { db: options.database.system, type: 'postgres' },
    user: {
      modelName: 'user',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'session',
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      expiresIn: sessionSeconds,
      disableSessionRefresh: true,
      freshAge: 0,
    },
    account: {
      modelName: 'account',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verification',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
      storeIdentifier: 'hashed',
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 12,
      maxPasswordLength: 128,
      revokeSessionsOnPasswordReset: true,
      onPasswordReset: ({ user }) => options.onPasswordReset(user.id),
      password: { hash: hashPassword, verify: verifyPassword },
    },
    databaseHooks: {
      session: { delete: { after: async (session) => options.onSessionsEnded(session.userId) } },
    },
    advanced: {
      // With useSecureCookies the name would begin with __Secure-, which is weaker than __Host-.
      useSecureCookies: false,
      cookiePrefix: 'parley',
      cookies: {
        session_token: {
          name: options.cookieName,
          attributes: { secure: options.secureCookies, httpOnly: true, sameSite: 'lax', path: '/' },
        },
      },
      database: { generateId: () => newId(), validateSchema: false },
      ipAddress: { disableIpTracking: true },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: {
      level: 'warn',
      // Its arguments may hold addresses of people, so only the message is kept; its warnings are wrong passwords and such.
      log: (level, message) => log[level === 'error' ? 'error' : 'debug']({ from: 'better-auth' }, message),
    },
    plugins: [steps],
  });
};

export type Auth = ReturnType<typeof createAuth>;
