import type { Message } from '@parley/sdk';
import { RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../design/icon-button.tsx';
import { AnswerOutcome } from './answer-outcome.tsx';
import { answerState } from './answer-state.ts';
import { useLiveRun } from './chat-engine.ts';
import { CopyButton } from './copy-button.tsx';
import { Delayed } from './delayed.tsx';
import { isFinal } from './live-runs.ts';
import { Markdown } from './markdown/markdown.tsx';
import { Reasoning } from './reasoning.tsx';
import { Receipt } from './receipt.tsx';
import { RunNotice } from './run-notice.tsx';

export interface AnswerProps {
  message: Message;
  nav: ReactNode;
  /** Whether the answer may be asked for again now. */
  canAsk: boolean;
  isLast: boolean;
  onAskAgain: () => void;
  onContinue: () => void;
}

export function Answer({ message, nav, canAsk, isLast, onAskAgain, onContinue }: AnswerProps) {
  const { t } = useTranslation('chat');
  const { run } = message;
  const live = useLiveRun(run !== null && !isFinal(run.status) ? run.id : null);
  const state = answerState(message, live);
  const { text, reasoning, isRunning } = state;
  return (
    <div aria-busy={isRunning}>
      {reasoning !== '' && <Reasoning text={reasoning} isThinking={isRunning && text === ''} />}
      {text !== '' && <Markdown text={text} isStreaming={isRunning} />}
      {isRunning && text === '' && reasoning === '' && <Waiting isQueued={state.status === 'queued' && run !== null} />}
      {isRunning && <RunNotice notice={state.notice} />}
      {state.isReconnecting && isRunning && (
        <Delayed ms={2000}>
          <p role="status" className="mt-2 text-[0.8125rem] text-soft">
            {t('answer.reconnecting')}
          </p>
        </Delayed>
      )}
      {!isRunning && (
        <AnswerOutcome
          status={state.status}
          error={state.error}
          stopReason={run?.stopReason ?? live?.transcript.stopReason ?? null}
          hasText={text !== ''}
          canAsk={canAsk}
          onAskAgain={onAskAgain}
          onContinue={onContinue}
        />
      )}
      <div
        className={`mt-1 -ms-1.5 flex min-h-7 flex-wrap items-center gap-0.5 ${isLast ? '' : 'transition-opacity md:opacity-0 md:group-focus-within/row:opacity-100 md:group-hover/row:opacity-100'}`}
      >
        {!isRunning && (
          <>
            {nav}
            {text !== '' && <CopyButton text={text} label={t('answer.copy')} />}
            {canAsk && (
              <IconButton size="sm" label={t('answer.regenerate')} onClick={onAskAgain}>
                <RotateCcw aria-hidden="true" />
              </IconButton>
            )}
            {run !== null && <Receipt run={run} />}
          </>
        )}
      </div>
    </div>
  );
}

function Waiting({ isQueued }: { isQueued: boolean }) {
  const { t } = useTranslation('chat');
  return (
    <p className="flex h-7 items-center gap-1.5">
      <span className="sr-only">{t('answer.waiting')}</span>
      {[0, 1, 2].map((index) => (
        <span
          key={index}
          aria-hidden="true"
          className="size-2 animate-pulse rounded-full bg-faint"
          style={{ animationDelay: `${index * 160}ms` }}
        />
      ))}
      {isQueued && (
        <Delayed ms={2000}>
          <span className="ps-1.5 text-[0.8125rem] text-soft">{t('answer.queued')}</span>
        </Delayed>
      )}
    </p>
  );
}
