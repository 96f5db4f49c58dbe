import { Check, Copy } from 'lucide-react';
import { memo, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { useIsCodeFenceIncomplete } from 'streamdown';
import { useCopy } from '../use-copy.ts';
import { useHighlight } from './highlighter.ts';
import { textOf, type HastNode } from './safe-elements.tsx';

interface Token {
  content: string;
  htmlStyle?: Record<string, string>;
}

const Line = memo(function Line({ tokens }: { tokens: readonly Token[] }) {
  return tokens.map((token, index) => (
    <span key={index} className="md-token" style={token.htmlStyle as CSSProperties | undefined}>
      {token.content}
    </span>
  ));
});

const languageOf = (node: HastNode | undefined): string => {
  const names = node?.properties?.className;
  const list = Array.isArray(names) ? names.map(String) : [];
  return (list.find((name) => name.startsWith('language-'))?.slice('language-'.length) ?? '').toLowerCase();
};

/** Lines that are already coloured stay so while the rest of the code is still arriving. */
const colouredLines = (
  code: string,
  tokens: readonly (readonly Token[])[] | undefined,
): (readonly Token[] | string)[] =>
  code.split('\n').map((line, index) => {
    const coloured = tokens?.[index];
    return coloured !== undefined && coloured.map((token) => token.content).join('') === line ? coloured : line;
  });

export function CodeBlock({ node }: { node?: HastNode }) {
  const { t } = useTranslation('chat');
  const isIncomplete = useIsCodeFenceIncomplete();
  const codeNode = node?.children?.find((child) => child.tagName === 'code');
  const code = textOf(codeNode ?? node).replace(/\n$/, '');
  const language = languageOf(codeNode);
  const highlighted = useHighlight(code, language, isIncomplete);
  const { isCopied, copy } = useCopy();
  const label = language === '' ? t('markdown.code') : t('markdown.codeIn', { language });
  const lines = colouredLines(code, highlighted?.tokens);
  return (
    <figure className="md-code" data-code-block="" dir="ltr">
      <figcaption>
        <span>{language === '' ? t('markdown.plain') : language}</span>
        <button type="button" onClick={() => copy(code)} aria-label={t('markdown.copyCode')}>
          {isCopied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
          <span aria-live="polite">{isCopied ? t('copied') : t('copy')}</span>
        </button>
      </figcaption>
      <pre tabIndex={0} aria-label={label}>
        <code>
          {lines.map((line, index) => (
            <span key={index}>
              {typeof line === 'string' ? line : <Line tokens={line} />}
              {index < lines.length - 1 && '\n'}
            </span>
          ))}
        </code>
      </pre>
    </figure>
  );
}
