import type { CodeHighlighterPlugin, HighlightResult } from '@streamdown/code';
import { useEffect, useState } from 'react';

type Language = Parameters<CodeHighlighterPlugin['supportsLanguage']>[0];

let loading: Promise<CodeHighlighterPlugin> | undefined;

// Its JavaScript regular expressions need no WebAssembly, which the content security policy forbids.
const load = (): Promise<CodeHighlighterPlugin> =>
  (loading ??= import('@streamdown/code')
    .then(({ createCodePlugin }) =>
      createCodePlugin({ themes: ['github-light-high-contrast', 'github-dark-high-contrast'] }),
    )
    .catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));

const longest = 100_000;

/** Colours for code, or null while there are none: plain text is shown then. May belong to an earlier, shorter text. */
export const useHighlight = (code: string, language: string, isIncomplete: boolean): HighlightResult | null => {
  const [result, setResult] = useState<HighlightResult | null>(null);
  useEffect(() => {
    if (language === '' || code === '' || code.length > longest) {
      setResult(null);
      return undefined;
    }
    let isCurrent = true;
    const show = (found: HighlightResult): void => {
      if (isCurrent) setResult(found);
    };
    load()
      .then((plugin) => {
        if (!isCurrent || !plugin.supportsLanguage(language as Language)) return;
        const request = { code, language: language as Language, themes: plugin.getThemes(), isIncomplete };
        const ready = plugin.highlight(request, show);
        if (ready !== null) show(ready);
      })
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [code, language, isIncomplete]);
  return result;
};
