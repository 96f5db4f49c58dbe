import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Tables } from '../../platform/database/tables.ts';

/**
 * The conversations that a user sees in a workspace, for `where`: their own and nobody else's. As plain SQL, with
 * `conversation` in scope:
 *
 *     (conversation.workspace_id = :workspaceId and conversation.created_by = :userId)
 */
export const visibleConversation =
  (workspaceId: string, userId: string) =>
  <DB extends Pick<Tables, 'conversation'>, TB extends keyof DB>(
    eb: ExpressionBuilder<DB, TB | 'conversation'>,
  ): Expression<SqlBool> => {
    const conversations = eb as unknown as ExpressionBuilder<Pick<Tables, 'conversation'>, 'conversation'>;
    return conversations.and([
      conversations('conversation.workspace_id', '=', workspaceId),
      conversations('conversation.created_by', '=', userId),
    ]);
  };
