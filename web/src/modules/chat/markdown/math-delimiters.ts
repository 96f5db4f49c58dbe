const fence = /^ {0,3}(`{3,}|~{3,})/;

const convertLine = (line: string): string => {
  if (!line.includes('\\(') && !line.includes('\\[')) return line;
  return line
    .split(/(`+[^`]*`+)/)
    .map((piece) =>
      piece.startsWith('`')
        ? piece
        : piece
            .replace(/(?<!\\)\\\((.+?)(?<!\\)\\\)/g, (_, formula: string) => `$$${formula.trim()}$$`)
            .replace(/(?<!\\)\\\[(.+?)(?<!\\)\\\]/g, (_, formula: string) => `$$${formula.trim()}$$`),
    )
    .join('');
};

const opensDisplay = /^\s*\\\[\s*$/;
const closesDisplay = /^\s*\\\]\s*$/;

/** Many models write `\( \)` and `\[ \]`; the markdown parser knows only dollars. Code stays as it is. */
export const normaliseMath = (markdown: string): string => {
  if (!markdown.includes('\\(') && !markdown.includes('\\[')) return markdown;
  let open: string | null = null;
  let display = false;
  return markdown
    .split('\n')
    .map((line) => {
      const mark = fence.exec(line)?.[1];
      if (open !== null) {
        if (mark !== undefined && mark[0] === open[0] && mark.length >= open.length) open = null;
        return line;
      }
      if (mark !== undefined) {
        open = mark;
        return line;
      }
      if ((!display && opensDisplay.test(line)) || (display && closesDisplay.test(line))) {
        display = !display;
        return '$$';
      }
      return display ? line : convertLine(line);
    })
    .join('\n');
};
