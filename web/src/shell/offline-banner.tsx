import { WifiOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';

function watchConnection(notify: () => void): () => void {
  window.addEventListener('online', notify);
  window.addEventListener('offline', notify);
  return () => {
    window.removeEventListener('online', notify);
    window.removeEventListener('offline', notify);
  };
}
export const useIsOnline = () => useSyncExternalStore(watchConnection, () => navigator.onLine);

/** Floats above the page, so that nothing moves when the connection goes and comes. */
export function OfflineBanner() {
  const { t } = useTranslation();
  const online = useIsOnline();
  return (
    <div aria-live="polite" className="pointer-events-none fixed inset-x-0 top-2 z-50 flex justify-center px-4">
      {!online && (
        <p className="flex animate-appear items-center gap-2 rounded-full bg-warning-soft px-3 py-1.5 text-[0.8125rem] font-medium text-warning-ink shadow-float">
          <WifiOff aria-hidden="true" className="size-4 shrink-0" />
          {t('offline')}
        </p>
      )}
    </div>
  );
}
