import type { RunError, RunStatus } from '@parley/sdk';
import { Link } from '@tanstack/react-router';
import { CircleAlert, CirclePause, CircleStop, RotateCcw, Scissors, StepForward, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspaceId } from '../../api.ts';
import { Button } from '../../design/button.tsx';

/** Faults that a person mends where keys and models are set. */
export const concernsModels = (code: string): boolean =>
  /unauthori[sz]ed|forbidden|credential|key|model|provider|quota|billing|credit|not_found/.test(code);

export interface AnswerOutcomeProps {
  status: RunStatus;
  error: RunError | null;
  stopReason: string | null;
  hasText: boolean;
  canAsk: boolean;
  onAskAgain: () => void;
  /** Has a new answer begin with the kept text and go on. */
  onContinue: () => void;
}

/** How an answer that did not simply finish came to its end: what happened, what was kept, what to do. */
export function AnswerOutcome(props: AnswerOutcomeProps) {
  const { status, error, hasText } = props;
  const { t } = useTranslation('chat');
  const workspaceId = useWorkspaceId();
  const goOn = props.canAsk && hasText && (
    <Button size="sm" onClick={props.onContinue}>
      <StepForward aria-hidden="true" className="size-3.5" />
      {t('outcome.continue')}
    </Button>
  );
  if (status === 'completed') {
    if (props.stopReason === 'length')
      return (
        <QuietMark icon={Scissors} action={goOn}>
          {t('outcome.cut')}
        </QuietMark>
      );
    if (props.stopReason === 'content-filter') return <QuietMark icon={CircleAlert}>{t('outcome.filtered')}</QuietMark>;
    return hasText ? null : <QuietMark icon={CircleAlert}>{t('outcome.empty')}</QuietMark>;
  }
  const again = props.canAsk && (
    <>
      {goOn}
      <Button size="sm" variant={hasText ? 'ghost' : 'secondary'} onClick={props.onAskAgain}>
        <RotateCcw aria-hidden="true" className="size-3.5" />
        {t('outcome.again')}
      </Button>
    </>
  );
  if (status === 'stopped')
    return (
      <QuietMark icon={CircleStop} action={again}>
        {t('outcome.stopped')}
      </QuietMark>
    );
  if (status === 'interrupted')
    return (
      <QuietMark icon={CirclePause} action={again}>
        {hasText ? t('outcome.interruptedKept') : t('outcome.interrupted')}
      </QuietMark>
    );
  return (
    <div className="mt-3 rounded-xl border border-line bg-raised p-3.5">
      <p className="flex items-center gap-2 font-medium text-danger-ink">
        <CircleAlert aria-hidden="true" className="size-4 shrink-0" />
        {hasText ? t('outcome.brokeOff') : t('outcome.failed')}
      </p>
      <p className="mt-1 text-soft">
        {error === null || error.message === '' ? t('outcome.unknown') : error.message}
        {hasText && ` ${t('outcome.kept')}`}
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        {again}
        {error !== null && concernsModels(error.code) && (
          <Button asChild size="sm" variant="ghost">
            <Link to="/w/$workspaceId/settings/models" params={{ workspaceId }}>
              {t('outcome.models')}
            </Link>
          </Button>
        )}
      </div>
    </div>
  );
}

function QuietMark({ icon: Icon, action, children }: { icon: LucideIcon; action?: ReactNode; children: ReactNode }) {
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-2 text-[0.8125rem] text-soft">
      <span className="flex items-center gap-1.5">
        <Icon aria-hidden="true" className="size-4 shrink-0" />
        {children}
      </span>
      {action && <span className="flex flex-wrap gap-2">{action}</span>}
    </div>
  );
}
