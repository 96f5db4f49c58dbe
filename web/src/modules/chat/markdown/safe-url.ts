const linkProtocols = new Set(['http:', 'https:', 'mailto:']);

const parse = (value: string, base?: string): URL | null => {
  try {
    return new URL(value, base);
  } catch {
    return null;
  }
};

export interface SafeLink {
  href: string;
  /** Where it really goes, for people: the host, or the mail address. */
  target: string;
}

/** Only absolute http, https and mailto links survive; everything else is shown as text. */
export const safeLink = (value: unknown): SafeLink | null => {
  if (typeof value !== 'string') return null;
  const url = parse(value.trim());
  if (url === null || !linkProtocols.has(url.protocol)) return null;
  if (url.protocol === 'mailto:') return { href: url.href, target: url.pathname };
  if (url.host === '') return null;
  return { href: url.href, target: url.host };
};

/** A picture may only come from our own origin: a foreign one would tell its host what was read, and when. */
export const safeImage = (value: unknown, origin: string): string | null => {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const isPath = text.startsWith('/') && !text.startsWith('//') && !text.startsWith('/\\');
  if (!isPath && !/^https?:/i.test(text)) return null;
  const url = parse(text, origin);
  if (url === null || url.origin !== origin || !/^https?:$/.test(url.protocol)) return null;
  return url.pathname + url.search;
};

const addressInText = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,})(?=[/:?#]|$)/iu;

/** True when the words of a link name one host and the link goes to another. */
export const namesAnotherHost = (words: string, link: SafeLink): boolean => {
  const named = addressInText.exec(words.trim())?.[1]?.toLowerCase();
  if (named === undefined || link.href.startsWith('mailto:')) return false;
  const actual = link.target.toLowerCase().replace(/:\d+$/, '');
  return named.replace(/^www\./, '') !== actual.replace(/^www\./, '');
};
