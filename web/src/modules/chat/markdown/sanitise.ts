import { defaultRehypePlugins, defaultRemarkPlugins } from 'streamdown';

type RehypePlugins = (typeof defaultRehypePlugins)[string][];
type RemarkPlugins = (typeof defaultRemarkPlugins)[string][];

/** What an answer may consist of. No styles, ids, forms, frames, media or vector pictures. */
const elements = [
  'a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q s',
  'samp section small span strike strong sub summary sup table tbody td tfoot th thead tr u ul var',
].flatMap((line) => line.split(' '));

/** What a model may write as raw HTML; any other tag is shown as the text it is. */
const rawElements = new Set(
  'b br del details div em i ins kbd mark p q s small span strong sub summary sup u'.split(' '),
);

const schema = {
  tagNames: elements,
  strip: ['script', 'style', 'template', 'iframe', 'object', 'noscript', 'textarea', 'title'],
  clobber: [],
  clobberPrefix: '',
  allowComments: false,
  allowDoctypes: false,
  ancestors: { tbody: ['table'], td: ['table'], th: ['table'], thead: ['table'], tfoot: ['table'], tr: ['table'] },
  attributes: {
    a: ['href', 'title'],
    code: ['className'],
    details: ['open'],
    img: ['src', 'alt', 'title'],
    input: [['type', 'checkbox'], ['disabled', true], 'checked'],
    li: [['className', 'task-list-item']],
    ol: ['start'],
    td: ['align', 'colSpan', 'rowSpan'],
    th: ['align', 'colSpan', 'rowSpan'],
    ul: [['className', 'contains-task-list']],
  },
  required: { input: { type: 'checkbox', disabled: true } },
  protocols: { href: ['http', 'https', 'mailto'], src: ['http', 'https'] },
};

const pluginOf = (entry: RehypePlugins[number] | undefined): unknown => (Array.isArray(entry) ? entry[0] : entry);

const required = (name: string): RehypePlugins[number] => {
  const plugin = pluginOf(defaultRehypePlugins[name]);
  // Without the sanitiser nothing may be rendered at all.
  if (typeof plugin !== 'function') throw new Error(`The markdown renderer has no "${name}" step.`);
  return plugin as RehypePlugins[number];
};

export const rehypePlugins: RehypePlugins = [required('raw'), [required('sanitize'), schema] as RehypePlugins[number]];

interface MarkdownNode {
  type: string;
  value?: string;
  children?: MarkdownNode[];
}

const isHarmless = (html: string): boolean => {
  if (html.includes('<!') || html.includes('<?')) return false;
  const names = [...html.matchAll(/<\/?([^\s/>]*)/g)].map((match) => (match[1] ?? '').toLowerCase());
  return names.every((name) => rawElements.has(name));
};

const makeLiteral = (node: MarkdownNode, isPhrasing: boolean): void => {
  if (node.children === undefined) return;
  node.children = node.children.flatMap((child) => {
    if (child.type !== 'html') {
      makeLiteral(
        child,
        isPhrasing || child.type === 'paragraph' || child.type === 'heading' || child.type === 'tableCell',
      );
      return [child];
    }
    const html = child.value ?? '';
    if (/^<!--[\s\S]*-->$/.test(html.trim())) return [];
    if (isHarmless(html)) return [child];
    const text: MarkdownNode = { type: 'text', value: html };
    return [isPhrasing ? text : { type: 'paragraph', children: [text] }];
  });
};

/** Shows HTML that is not on the short list as text, so that nothing of an answer silently disappears. */
function literalHtml() {
  return (tree: MarkdownNode): void => makeLiteral(tree, false);
}

export const remarkPlugins: RemarkPlugins = [
  ...Object.values(defaultRemarkPlugins),
  literalHtml as RemarkPlugins[number],
];
