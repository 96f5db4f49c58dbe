import type { RunTranscript } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { useCauseText } from './causes.ts';

/** What goes on while no answer comes: said calmly, because nothing has to be done about it. */
export function RunNotice({ notice }: { notice: RunTranscript['notice'] }) {
  const { t } = useTranslation('chat');
  const causeText = useCauseText();
  if (notice === null) return null;
  const words = (): string | null => {
    if (notice.kind === 'waiting') return t('notice.waiting');
    if (notice.kind === 'retry')
      return t('notice.retry', {
        cause: causeText(notice.code ?? ''),
        count: Math.max(1, Math.ceil((notice.waitMs ?? 0) / 1000)),
      });
    if (notice.kind === 'fallback')
      return t('notice.fallback', { cause: causeText(notice.code ?? ''), model: notice.to?.name ?? '' });
    return null;
  };
  const text = words();
  return (
    text !== null && (
      <p role="status" className="mt-1 text-[0.8125rem] text-soft">
        {text}
      </p>
    )
  );
}
