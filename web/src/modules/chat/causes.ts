import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

const sentences = {
  upstream_unauthorized: 'cause.unauthorized',
  upstream_not_found: 'cause.not_found',
  upstream_quota: 'cause.quota',
  upstream_rate_limited: 'cause.rate_limited',
  upstream_overloaded: 'cause.overloaded',
  upstream_refused: 'cause.refused',
  upstream_unavailable: 'cause.unavailable',
  upstream_busy: 'cause.busy',
  upstream_timeout: 'cause.timeout',
  upstream_protocol: 'cause.protocol',
  upstream_cut: 'cause.cut',
} as const;

const isKnown = (code: string): code is keyof typeof sentences => Object.hasOwn(sentences, code);

/** A sentence for the code of why a model did not answer. */
export const useCauseText = (): ((code: string) => string) => {
  const { t } = useTranslation('chat');
  return useCallback((code) => t(isKnown(code) ? sentences[code] : 'cause.other'), [t]);
};
