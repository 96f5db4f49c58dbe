import { ParleyError } from '@parley/sdk';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** Says in the user's language what happened and what to do. Falls back to the server's own words where they know more. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return useCallback(
    (error) => {
      if (!(error instanceof ParleyError)) return t('problem.unknown');
      switch (error.code) {
        case 'network':
          return t('problem.network');
        case 'unauthenticated':
          return t('problem.unauthenticated');
        case 'forbidden':
          return t('problem.forbidden');
        case 'not_found':
          return t('problem.notFound');
        case 'rate_limited':
          return error.retryAfter
            ? t('problem.rateLimitedFor', { count: Math.ceil(error.retryAfter) })
            : t('problem.rateLimited');
        case 'payload_too_large':
          return t('problem.tooLarge');
        case 'unavailable':
          return t('problem.unavailable');
        case 'internal':
        case 'invalid_response':
          return error.requestId ? t('problem.internalWithId', { id: error.requestId }) : t('problem.internal');
        default:
          return error.detail || t('problem.unknown');
      }
    },
    [t],
  );
}

export interface FormProblems {
  /** The message for one field, by its path in the request body. */
  field: (path: string) => string | undefined;
  /** What to show above the form: set when no field in `paths` explains the failure. */
  summary: string | null;
}

/** The server's notes are fragments ("is required"); about a single field its whole sentence may say more. */
function messagesByPath(error: unknown): Map<string, string> {
  if (!(error instanceof ParleyError)) return new Map();
  const { errors, detail } = error;
  return new Map(
    errors.map(({ path, message }) => {
      const text = errors.length === 1 && detail && !detail.endsWith(`: ${message}`) ? detail : message;
      return [path.replace(/^(body[./])|^\//, ''), text.charAt(0).toUpperCase() + text.slice(1)];
    }),
  );
}

/** Splits a failed request into messages for the form's own fields and one for the rest. */
export function useFormProblems(error: unknown, paths: readonly string[]): FormProblems {
  const errorText = useErrorText();
  const known = paths.join('\n');
  return useMemo(() => {
    const byPath = messagesByPath(error);
    const shown = known.split('\n').some((path) => byPath.has(path));
    return {
      field: (path) => byPath.get(path),
      summary: error && !shown ? errorText(error) : null,
    };
  }, [error, known, errorText]);
}
