import { useEffect, useMemo, useState } from 'react';
import { Streamdown, type Components, type PluginConfig } from 'streamdown';
import { CodeBlock } from './code-block.tsx';
import './markdown.css';
import { normaliseMath } from './math-delimiters.ts';
import { holdBackOpenTag } from './open-tag.ts';
import { SafeAnchor, SafeImage, ScrollingTable, TaskBox } from './safe-elements.tsx';
import { rehypePlugins, remarkPlugins } from './sanitise.ts';

// The renderer's own elements bring their own looks and network habits: every one of them is replaced.
const plain = [
  'b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p q s samp section',
  'small span strike strong sub summary sup tbody td tfoot th thead tr u ul var',
].flatMap((line) => line.split(' '));

const components = {
  ...Object.fromEntries(plain.map((name) => [name, name])),
  a: SafeAnchor,
  img: SafeImage,
  input: TaskBox,
  pre: CodeBlock,
  table: ScrollingTable,
} as Components;

const repair = { linkMode: 'text-only', htmlTags: false } as const;
const noPlugins: PluginConfig = {};
let mathPlugins: PluginConfig | undefined;

const loadMath = async (): Promise<PluginConfig> => {
  const [{ createMathPlugin }] = await Promise.all([import('@streamdown/math'), import('katex/dist/katex.min.css')]);
  mathPlugins ??= { math: createMathPlugin({ errorColor: 'inherit' }) };
  return mathPlugins;
};

const useMath = (text: string): PluginConfig => {
  const [plugins, setPlugins] = useState(mathPlugins);
  const isNeeded = text.includes('$$') && plugins === undefined;
  useEffect(() => {
    if (isNeeded) loadMath().then(setPlugins, () => undefined);
  }, [isNeeded]);
  return plugins ?? noPlugins;
};

/** Markdown of a model, made safe. While it streams, what is still open at the end is closed or held back. */
export function MarkdownView({ text, isStreaming }: { text: string; isStreaming: boolean }) {
  const markdown = useMemo(() => normaliseMath(isStreaming ? holdBackOpenTag(text) : text), [text, isStreaming]);
  const plugins = useMath(markdown);
  return (
    <Streamdown
      className="md"
      components={components}
      controls={false}
      dir="auto"
      isAnimating={isStreaming}
      linkSafety={{ enabled: false }}
      parseIncompleteMarkdown={isStreaming}
      plugins={plugins}
      rehypePlugins={rehypePlugins}
      remarkPlugins={remarkPlugins}
      remend={repair}
    >
      {markdown}
    </Streamdown>
  );
}
