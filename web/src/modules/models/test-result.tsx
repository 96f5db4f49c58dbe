import type { ProviderTest } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { Banner } from '../../design/banner.tsx';
import { Spinner } from '../../design/spinner.tsx';
import { useErrorText } from '../../problems.ts';

export interface TestState {
  isPending: boolean;
  error: unknown;
  data: ProviderTest | undefined;
}

const shown = 12;

/** What a test said, with the models it found. */
export function TestResult({ test }: { test: TestState }) {
  const { t } = useTranslation('models');
  const errorText = useErrorText();
  if (test.isPending) {
    return (
      <p role="status" className="flex items-center gap-2 text-soft">
        <Spinner />
        {t('test.running')}
      </p>
    );
  }
  if (test.error) {
    return (
      <Banner tone="danger" live>
        {errorText(test.error)}
      </Banner>
    );
  }
  if (!test.data) return null;
  const { ok, message, models, latencyMs } = test.data;
  if (!ok) {
    return (
      <Banner tone="danger" live>
        {message}
      </Banner>
    );
  }
  return (
    <Banner tone="success" live>
      <p>{t('test.ok', { count: models.length, ms: latencyMs })}</p>
      {models.length > 0 && (
        <p className="mt-1 font-mono text-xs break-words">
          {models.slice(0, shown).join(', ')}
          {models.length > shown && ` ${t('test.more', { count: models.length - shown })}`}
        </p>
      )}
    </Banner>
  );
}
