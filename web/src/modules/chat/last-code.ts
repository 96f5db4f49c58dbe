/** The last fenced code of a markdown text, also one whose end has not arrived yet. */
export const lastCodeOf = (markdown: string): string | null => {
  let open: { mark: string; indent: number; lines: string[] } | null = null;
  let last: string | null = null;
  for (const line of markdown.split('\n')) {
    const match = /^( *)(`{3,}|~{3,})(.*)$/.exec(line);
    const mark = match?.[2] ?? '';
    if (open === null) {
      if (match !== null) open = { mark, indent: match[1]?.length ?? 0, lines: [] };
    } else if (mark.startsWith(open.mark) && match?.[3]?.trim() === '') {
      last = open.lines.join('\n');
      open = null;
    } else {
      open.lines.push(line.slice(Math.min(open.indent, /^ */.exec(line)?.[0].length ?? 0)));
    }
  }
  return open === null ? last : open.lines.join('\n');
};
