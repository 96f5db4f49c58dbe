import type { Run, RunAttempt } from '@parley/sdk';
import { Info } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format.ts';
import { useCauseText } from './causes.ts';
import { useChatEngine } from './chat-engine.ts';

const useMoney = (): ((nanos: number) => string) => {
  const { i18n } = useTranslation();
  const money = new Intl.NumberFormat(i18n.language, {
    style: 'currency',
    currency: 'USD',
    maximumSignificantDigits: 2,
    minimumFractionDigits: 2,
  });
  return (nanos) => money.format(nanos / 1e9);
};

const useDuration = (): ((ms: number) => string) => {
  const { i18n } = useTranslation();
  const unit = (name: 'second' | 'millisecond') =>
    new Intl.NumberFormat(i18n.language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 1 });
  const [seconds, milliseconds] = [unit('second'), unit('millisecond')];
  return (ms) => (ms < 1000 ? milliseconds.format(ms) : seconds.format(ms / 1000));
};

const durationOf = ({ startedAt, endedAt }: Run): number | null =>
  startedAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt);

/** What the answer was made with, and what it took: one line, and all of it on request. */
export function Receipt({ run }: { run: Run }) {
  const { t } = useTranslation('chat');
  const format = useFormat();
  const money = useMoney();
  if (run.model === null) return null;
  const { usage, costNanos } = run;
  const pieces = [run.model.name];
  if (usage !== null)
    pieces.push(t('answer.tokens', { count: usage.outputTokens, formatted: format.number(usage.outputTokens) }));
  if (costNanos !== null && costNanos > 0) pieces.push(money(costNanos));
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={t('receipt.open', { summary: pieces.join(', ') })}
        className="inline-flex min-h-7 min-w-0 items-center gap-1 rounded-md px-1.5 text-start text-xs text-faint hover:bg-hover hover:text-soft"
      >
        <span className="min-w-0 [overflow-wrap:anywhere]">{pieces.join(' · ')}</span>
        <Info aria-hidden="true" className="size-3.5 shrink-0" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={t('receipt.title')}
          className="z-50 max-h-(--radix-popover-content-available-height) w-80 max-w-[calc(100vw-1rem)] animate-fade overflow-y-auto rounded-xl border border-line bg-raised p-4 text-[0.8125rem] shadow-float"
        >
          <Details run={run} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Details({ run }: { run: Run }) {
  const { t } = useTranslation('chat');
  const format = useFormat();
  const money = useMoney();
  const duration = useDuration();
  const wasReread = useChatEngine().liveRuns.get(run.id)?.verified === false;
  const { usage } = run;
  const firstTokenMs = run.attempts.at(-1)?.firstTokenMs ?? null;
  const durationMs = durationOf(run);
  const rows: [name: string, value: string][] = [
    [t('receipt.model'), run.model?.name ?? ''],
    ...(run.model?.provider ? [[t('receipt.provider'), run.model.provider] as [string, string]] : []),
  ];
  if (usage !== null) {
    rows.push([t('receipt.input'), format.number(usage.inputTokens)]);
    if (usage.cacheReadTokens > 0) rows.push([t('receipt.cached'), format.number(usage.cacheReadTokens)]);
    if (usage.cacheWriteTokens > 0) rows.push([t('receipt.cacheWritten'), format.number(usage.cacheWriteTokens)]);
    rows.push([t('receipt.output'), format.number(usage.outputTokens)]);
  }
  if (run.costNanos !== null && run.costNanos > 0) rows.push([t('receipt.cost'), money(run.costNanos)]);
  if (firstTokenMs !== null) rows.push([t('receipt.firstToken'), duration(firstTokenMs)]);
  if (durationMs !== null) rows.push([t('receipt.duration'), duration(durationMs)]);
  return (
    <>
      <h3 className="mb-2 font-semibold text-ink">{t('receipt.title')}</h3>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        {rows.map(([name, value]) => (
          <div key={name} className="col-span-2 grid grid-cols-subgrid">
            <dt className="text-soft">{name}</dt>
            <dd className="min-w-0 text-end text-ink [overflow-wrap:anywhere]">{value}</dd>
          </div>
        ))}
      </dl>
      {run.attempts.length > 1 && (
        <>
          <h4 className="mt-3 mb-1 font-medium text-ink">{t('receipt.attempts')}</h4>
          <ol className="flex flex-col gap-1.5">
            {run.attempts.map((attempt, index) => (
              <Attempt key={attempt.startedAt + String(index)} attempt={attempt} />
            ))}
          </ol>
        </>
      )}
      {wasReread && <p className="mt-3 text-soft">{t('receipt.reread')}</p>}
    </>
  );
}

/** One time that a model was to answer, and how that went. */
function Attempt({ attempt }: { attempt: RunAttempt }) {
  const { t } = useTranslation('chat');
  const causeText = useCauseText();
  const duration = useDuration();
  const outcome =
    attempt.code === null
      ? t('receipt.answered')
      : attempt.code === 'aborted'
        ? t('receipt.stopped')
        : causeText(attempt.code);
  return (
    <li className="border-s-2 border-line ps-2">
      <span className="flex flex-wrap justify-between gap-x-3">
        <span className="text-ink [overflow-wrap:anywhere]">{attempt.model ?? t('receipt.noModel')}</span>
        <span className="text-soft">{attempt.called ? duration(attempt.durationMs) : t('receipt.notAsked')}</span>
      </span>
      <span className={attempt.code === null ? 'text-success-ink' : 'text-soft'}>{outcome}</span>
    </li>
  );
}
