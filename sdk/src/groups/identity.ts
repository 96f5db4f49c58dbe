import type { Call } from '../call.ts';
import type { ChangePasswordInput, MePatch, ResetPasswordInput, SignInInput, SignUpInput } from '../inputs.ts';

/** What the installation needs and offers. */
export const createSetup = (call: Call) => ({
  get: () => call('get', '/v1/setup'),
});

/** Accounts, passwords and signed-in browsers. */
export const createAuth = (call: Call) => ({
  signUp: (input: SignUpInput) => call('post', '/v1/auth/sign-up', { body: input }),
  signIn: (input: SignInInput) => call('post', '/v1/auth/sign-in', { body: input }),
  signOut: () => call('post', '/v1/auth/sign-out'),
  /** Sends a mail with a link if the account exists; the answer is always the same. */
  requestPasswordReset: async (input: { email: string }): Promise<void> => {
    await call('post', '/v1/auth/request-password-reset', { body: input });
  },
  resetPassword: (input: ResetPasswordInput) => call('post', '/v1/auth/reset-password', { body: input }),
  /** Ends the caller's other sessions. */
  changePassword: (input: ChangePasswordInput) => call('post', '/v1/auth/change-password', { body: input }),
  sessions: () => call('get', '/v1/auth/sessions'),
  revokeSession: (id: string) => call('delete', '/v1/auth/sessions/{id}', { path: { id } }),
  /** Ends all sessions of the caller, this one too. */
  signOutEverywhere: () => call('delete', '/v1/auth/sessions'),
});

/** The signed-in user. */
export const createMe = (call: Call) => ({
  get: () => call('get', '/v1/me'),
  update: (patch: MePatch) => call('patch', '/v1/me', { body: patch }),
});
