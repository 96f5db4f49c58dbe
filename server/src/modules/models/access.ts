import type { Caller } from '../../platform/caller.ts';
import { AppError } from '../../platform/errors.ts';

// The routes let admins and owners of the workspace in. Keys of the environment belong to whoever runs the server, and
// everyone owns a personal workspace: without a rule of its own, any account could spend them.
export const seesEnvironment = (caller: Caller): boolean => caller.isOperator;

export const requireEnvironment = (caller: Caller): void => {
  if (!seesEnvironment(caller))
    throw new AppError(
      'forbidden',
      'Only the operator of this installation may use keys from the server’s environment. Enter a key of your own.',
      { errors: [{ path: 'source', message: 'may be "environment" only for the operator' }] },
    );
};
