import { ParleyError, type ErrorCode } from '@parley/sdk';
import { Clock3, RotateCcw, Send, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../design/button.tsx';
import { Spinner } from '../../design/spinner.tsx';
import { useErrorText } from '../../problems.ts';
import { QuestionBubble } from './message-row.tsx';
import type { UnsentTurn } from './outbox.ts';

export interface UnsentRowProps {
  turn: UnsentTurn;
  /** Whether it is the next to go and only waits for the running answer. */
  canInterrupt: boolean;
  onRetry: (turn: UnsentTurn) => void;
  onWithdraw: (turn: UnsentTurn) => void;
  onSendNow: () => void;
}

export function UnsentRow({ turn, canInterrupt, onRetry, onWithdraw, onSendNow }: UnsentRowProps) {
  const { t } = useTranslation('chat');
  const errorText = useErrorText();
  const takeBack = (
    <Button size="sm" variant="ghost" onClick={() => onWithdraw(turn)}>
      <Undo2 aria-hidden="true" className="size-3.5" />
      {t('unsent.takeBack')}
    </Button>
  );
  return (
    <li data-unsent={turn.state} className="flex flex-col items-end gap-1">
      <h2 className="sr-only">{t('you')}</h2>
      <QuestionBubble text={turn.text} isPending={turn.state !== 'failed'} />
      <div className="flex min-h-7 max-w-[85%] flex-wrap items-center justify-end gap-x-2 gap-y-1 text-[0.8125rem] text-soft">
        {turn.state === 'sending' && (
          <span className="flex items-center gap-1.5">
            <Spinner className="size-3.5" />
            {t('unsent.sending')}
          </span>
        )}
        {turn.state === 'queued' && (
          <>
            <span className="flex items-center gap-1.5">
              <Clock3 aria-hidden="true" className="size-3.5" />
              {t('unsent.queued')}
            </span>
            {canInterrupt && (
              <Button size="sm" variant="ghost" onClick={onSendNow}>
                <Send aria-hidden="true" className="size-3.5" />
                {t('unsent.sendNow')}
              </Button>
            )}
            {takeBack}
          </>
        )}
        {turn.state === 'failed' && (
          <>
            <span role="alert" className="text-danger-ink">
              {t('unsent.failed')}{' '}
              {turn.error !== null &&
                errorText(new ParleyError(turn.error.code as ErrorCode, turn.error.message, { status: 0 }))}
            </span>
            <Button size="sm" onClick={() => onRetry(turn)}>
              <RotateCcw aria-hidden="true" className="size-3.5" />
              {t('unsent.retry')}
            </Button>
            {takeBack}
          </>
        )}
      </div>
    </li>
  );
}
