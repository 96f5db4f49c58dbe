import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { hasRole, type Caller } from '../../platform/caller.ts';
import { AppError } from '../../platform/errors.ts';
import type { Visibility } from './schemas.ts';

/** The bots that a user may see and talk to while working in a workspace, for `where` with `bot` in scope. */
export const visibleTo = (workspaceId: string, userId: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`may_use_bot(bot, ${workspaceId}, ${userId})`;

interface Owned {
  workspaceId: string;
  createdBy: string | null;
  visibility: Visibility;
}

export const isAtHome = (caller: Caller, bot: Owned): boolean => bot.workspaceId === caller.workspaceId;

/** For bots that the caller sees. What the whole installation uses is changed by owners and admins only. */
export const canEdit = (caller: Caller, bot: Owned): boolean =>
  isAtHome(caller, bot) &&
  hasRole(caller.role, 'member') &&
  (hasRole(caller.role, 'admin') || (bot.createdBy === caller.userId && bot.visibility !== 'public'));

export const requireEdit = (caller: Caller, bot: Owned): void => {
  if (!canEdit(caller, bot))
    throw new AppError('forbidden', 'Only its creator and the admins of its workspace may change this bot.');
};

export const requireVisibility = (caller: Caller, bot: Owned, wanted: Visibility): void => {
  if (wanted === bot.visibility) return;
  // Everybody is the owner of a workspace of their own; what all workspaces see is the operator's to decide.
  if (wanted === 'public' && !caller.isOperator)
    throw new AppError('forbidden', 'Only the operator of this installation may make a bot public in it.', {
      errors: [{ path: 'visibility', message: 'may be "public" only for the operator' }],
    });
  // It would vanish from everyone, the caller included.
  if (wanted === 'private' && bot.createdBy !== caller.userId)
    throw new AppError('forbidden', 'Only its creator may make this bot private.', {
      errors: [{ path: 'visibility', message: 'may be "private" only for the creator' }],
    });
};
