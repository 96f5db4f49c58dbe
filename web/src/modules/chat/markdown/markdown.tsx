import { lazy, memo, Suspense } from 'react';

const loadView = () => import('./markdown-view.tsx');
const MarkdownView = lazy(async () => ({ default: (await loadView()).MarkdownView }));

/** Fetches the renderer before the first answer needs it. */
export const preloadMarkdown = (): void => void loadView().catch(() => undefined);

export const Markdown = memo(function Markdown({ text, isStreaming }: { text: string; isStreaming: boolean }) {
  return (
    <Suspense fallback={<div className="text-[0.9375rem] leading-7 whitespace-pre-wrap">{text}</div>}>
      <MarkdownView text={text} isStreaming={isStreaming} />
    </Suspense>
  );
});
