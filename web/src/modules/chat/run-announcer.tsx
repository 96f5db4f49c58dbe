import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Branch } from './branch.ts';
import { useChatEngine } from './chat-engine.ts';

/** Says when an answer begins and how it ended, never the words of it: those are read at the reader's own pace. */
export function RunAnnouncer({
  branch,
  runningRunId,
  botName,
}: {
  branch: Branch;
  runningRunId: string | null;
  botName: string;
}) {
  const { t } = useTranslation('chat');
  const { liveRuns } = useChatEngine();
  const before = useRef<string | null>(null);
  const [words, setWords] = useState('');
  useEffect(() => {
    const ended = before.current;
    before.current = runningRunId;
    if (runningRunId !== null) {
      if (ended !== runningRunId) setWords(t('announce.started', { name: botName }));
      return;
    }
    if (ended === null) return;
    const stored = branch.entries.find((entry) => entry.message.run?.id === ended)?.message.run?.status;
    const status = liveRuns.get(ended)?.transcript.status ?? stored;
    setWords(
      status === 'failed' || status === 'interrupted'
        ? t('announce.failed')
        : status === 'stopped'
          ? t('announce.stopped')
          : t('announce.finished'),
    );
    // Only the change of the running answer is news.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [runningRunId]);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {words}
    </p>
  );
}
