import { useTranslation } from 'react-i18next';
import { Dialog } from '../design/dialog.tsx';
import { Kbd } from '../design/kbd.tsx';
import { keyCaps, useShortcuts } from './shortcuts.ts';

export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const shortcuts = useShortcuts();
  const byLabel = new Map<string, string[]>();
  for (const { label, keys } of shortcuts) {
    const known = byLabel.get(label) ?? [];
    if (!known.includes(keys)) byLabel.set(label, [...known, keys]);
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('shortcuts.title')} closeLabel={t('close')}>
      <dl className="flex flex-col divide-y divide-line">
        {[...byLabel].map(([label, combinations]) => (
          <div key={label} className="flex min-h-10 items-center justify-between gap-4 py-1.5">
            <dt className="text-soft">{label}</dt>
            <dd className="flex shrink-0 flex-wrap items-center justify-end gap-1">
              {combinations.map((keys, index) => (
                <span key={keys} className="flex items-center gap-1">
                  {index > 0 && <span className="px-1 text-faint">{t('or')}</span>}
                  {keyCaps(keys, { ctrl: t('shortcuts.ctrl'), shift: t('shortcuts.shift') }).map((cap) => (
                    <Kbd key={cap}>{cap}</Kbd>
                  ))}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
