import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../design/confirm-dialog.tsx';
import { useToast } from '../design/toast.tsx';
import { countKeptTexts } from '../kept-texts.ts';
import { useErrorText } from '../problems.ts';
import { useSignOut, useUser } from '../session.tsx';
import { browserTexts } from '../text-store.ts';

/** Signs out, after asking when that would destroy what was written here and not sent. */
export function useSignOutWithCare() {
  const { t } = useTranslation();
  const userId = useUser().id;
  const toast = useToast();
  const errorText = useErrorText();
  const signOut = useSignOut();
  const [kept, setKept] = useState<{ drafts: number; messages: number } | null>(null);

  const leave = (): void => signOut.mutate('here', { onError: (error) => toast.fail(errorText(error)) });
  const begin = (): void => {
    const found = countKeptTexts(browserTexts, userId);
    if (found.drafts + found.messages === 0) leave();
    else setKept(found);
  };
  const pieces =
    kept === null
      ? []
      : [
          ...(kept.messages > 0 ? [t('leave.messages', { count: kept.messages })] : []),
          ...(kept.drafts > 0 ? [t('leave.drafts', { count: kept.drafts })] : []),
        ];
  const question = (
    <ConfirmDialog
      open={kept !== null}
      onOpenChange={() => setKept(null)}
      title={t('leave.title')}
      description={
        <>
          {pieces.join(', ')}. {t('leave.text')}
        </>
      }
      confirmLabel={t('leave.confirm')}
      cancelLabel={t('leave.stay')}
      danger
      busy={signOut.isPending}
      error={signOut.error && errorText(signOut.error)}
      onConfirm={leave}
    />
  );
  return { begin, question };
}
