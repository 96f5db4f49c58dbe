import { ParleyError, type ErrorCode } from '@parley/sdk';
import { Clock3, Pencil, RotateCcw, Send, Trash2, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../design/button.tsx';
import { IconButton } from '../../design/icon-button.tsx';
import { Spinner } from '../../design/spinner.tsx';
import { useErrorText } from '../../problems.ts';
import { QuestionBubble } from './message-row.tsx';
import type { UnsentTurn } from './outbox.ts';
import { isPassing } from './turns.ts';

export interface UnsentRowProps {
  turn: UnsentTurn;
  /** Whether it is the next to go and only waits for the running answer. */
  canInterrupt: boolean;
  /** Whether it waits behind one that could not be sent. */
  isBlocked: boolean;
  onRetry: (turn: UnsentTurn) => void;
  onEdit: (turn: UnsentTurn) => void;
  onDiscard: (turn: UnsentTurn) => void;
  onSendNow: () => void;
}

/** A question on its way: what it waits for, and what can be done about it. */
export function UnsentRow(props: UnsentRowProps) {
  const { turn, canInterrupt, onRetry, onEdit, onDiscard, onSendNow } = props;
  const { t } = useTranslation('chat');
  const errorText = useErrorText();
  const { state, error } = turn;
  const isWaiting = isPassing(error);
  const isSending = state === 'sending';
  return (
    <li data-unsent={state} className="flex flex-col items-end gap-1">
      <h2 className="sr-only">{t('you')}</h2>
      <QuestionBubble text={turn.text} isPending={state === 'queued' || isSending} />
      <div className="flex min-h-8 max-w-full flex-wrap items-center justify-end gap-x-1.5 text-end text-[0.8125rem] text-soft">
        {isWaiting ? (
          <span role="status">
            <WifiOff aria-hidden="true" className="me-1.5 inline size-3.5 align-[-0.15em]" />
            {t('unsent.waiting')}
          </span>
        ) : (
          <>
            {isSending && (
              <span className="flex items-center gap-1.5">
                <Spinner className="size-3.5" />
                {t('unsent.sending')}
              </span>
            )}
            {state === 'queued' && (
              <span className="flex items-center gap-1.5">
                <Clock3 aria-hidden="true" className="size-3.5 shrink-0" />
                {props.isBlocked ? t('unsent.blocked') : t('unsent.queued')}
              </span>
            )}
            {state === 'failed' && (
              <span role="alert" className="text-danger-ink">
                {t('unsent.failed')}{' '}
                {error !== null && errorText(new ParleyError(error.code as ErrorCode, error.message, { status: 0 }))}
              </span>
            )}
          </>
        )}
        {state !== 'sent' && (isWaiting || !isSending) && (
          <span className="flex items-center">
            {canInterrupt && state === 'queued' && !isWaiting && (
              <Button size="sm" variant="ghost" onClick={onSendNow}>
                <Send aria-hidden="true" className="size-3.5" />
                {t('unsent.sendNow')}
              </Button>
            )}
            {(state === 'failed' || isWaiting) && (
              <Button size="sm" variant="ghost" disabled={isSending} onClick={() => onRetry(turn)}>
                <RotateCcw aria-hidden="true" className="size-3.5" />
                {t('unsent.retry')}
              </Button>
            )}
            <IconButton size="sm" label={t('unsent.edit')} disabled={isSending} onClick={() => onEdit(turn)}>
              <Pencil aria-hidden="true" />
            </IconButton>
            <IconButton size="sm" label={t('unsent.discard')} disabled={isSending} onClick={() => onDiscard(turn)}>
              <Trash2 aria-hidden="true" />
            </IconButton>
          </span>
        )}
      </div>
    </li>
  );
}
