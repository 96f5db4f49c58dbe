import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Identity, SignedIn } from '../identity/index.ts';
import type { Invitations } from './invitations.ts';
import type { Setup, SignUpBody } from './schemas.ts';
import type { MembershipStore } from './store.ts';

const closed = () =>
  new AppError('forbidden', 'New accounts need an invitation here. Ask somebody who uses this Parley for one.');

/** Who may make an account: the first person; whoever holds an invitation; everybody when the operator opened sign-up. */
export const createSignUp = (deps: {
  identity: Pick<Identity, 'signUp' | 'users'>;
  store: MembershipStore;
  invitations: Invitations;
  version: string;
}) => {
  const { identity, store, invitations, version } = deps;

  return {
    async setup(): Promise<Setup> {
      const operatorId = await identity.users.operatorId();
      const signUp = operatorId === null ? 'invitation' : await store.signUpRule(operatorId);
      return { needsOwner: operatorId === null, signUp, version };
    },

    async signUp({ invitation, ...account }: SignUpBody, headers: IncomingHttpHeaders): Promise<SignedIn> {
      const operatorId = await identity.users.operatorId();
      // A first look, so that refusals cost no password hash; the one that counts is in the account's transaction.
      if (operatorId !== null) {
        if (invitation !== undefined) await invitations.check(invitation, account.email);
        else if ((await store.signUpRule(operatorId)) !== 'open') throw closed();
      }
      return await identity.signUp(account, headers, async (trx, made) => {
        await store.ensurePersonal(trx, newId(), made.userId);
        if (made.operatorId === made.userId) return;
        if (invitation !== undefined) await invitations.join(invitation, made, trx);
        else if ((await store.signUpRule(made.operatorId, trx)) !== 'open') throw closed();
      });
    },
  };
};

export type SignUp = ReturnType<typeof createSignUp>;
