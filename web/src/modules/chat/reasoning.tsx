import { Brain, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Markdown } from './markdown/markdown.tsx';

export function Reasoning({ text, isThinking }: { text: string; isThinking: boolean }) {
  const { t } = useTranslation('chat');
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="mb-2">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
        className="-ms-1.5 inline-flex h-8 items-center gap-1.5 rounded-lg px-1.5 text-[0.8125rem] text-soft hover:bg-hover hover:text-ink"
      >
        <Brain aria-hidden="true" className={`size-4 ${isThinking ? 'animate-pulse' : ''}`} />
        {isThinking ? t('reasoning.thinking') : t('reasoning.thought')}
        <ChevronRight
          aria-hidden="true"
          className={`size-3.5 transition-transform ${isOpen ? 'rotate-90' : 'rtl:rotate-180'}`}
        />
      </button>
      {isOpen && (
        <div className="mt-1 border-s-2 border-line ps-3 text-soft">
          <Markdown text={text} isStreaming={isThinking} />
        </div>
      )}
    </div>
  );
}
