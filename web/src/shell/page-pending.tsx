import { useTranslation } from 'react-i18next';
import { Spinner } from '../design/spinner.tsx';

export function PagePending() {
  const { t } = useTranslation();
  return (
    <div className="flex h-full min-h-40 items-center justify-center text-faint">
      <Spinner label={t('loading')} className="size-5" />
    </div>
  );
}
