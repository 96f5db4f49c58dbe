import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../design/icon-button.tsx';

export function SiblingNav({
  siblings,
  current,
  onChoose,
}: {
  siblings: readonly string[];
  current: string;
  onChoose: (id: string) => void;
}) {
  const { t } = useTranslation('chat');
  if (siblings.length < 2) return null;
  const position = siblings.indexOf(current);
  const previous = siblings[position - 1];
  const next = siblings[position + 1];
  return (
    <div role="group" aria-label={t('versions.label')} className="flex items-center text-xs text-soft tabular-nums">
      <IconButton
        size="sm"
        label={t('versions.previous')}
        aria-disabled={previous === undefined}
        className="aria-disabled:opacity-40"
        onClick={() => previous !== undefined && onChoose(previous)}
      >
        <ChevronLeft aria-hidden="true" className="rtl:rotate-180" />
      </IconButton>
      <span aria-live="polite">
        {position + 1}/{siblings.length}
      </span>
      <IconButton
        size="sm"
        label={t('versions.next')}
        aria-disabled={next === undefined}
        className="aria-disabled:opacity-40"
        onClick={() => next !== undefined && onChoose(next)}
      >
        <ChevronRight aria-hidden="true" className="rtl:rotate-180" />
      </IconButton>
    </div>
  );
}
