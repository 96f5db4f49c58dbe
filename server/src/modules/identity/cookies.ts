import type { IncomingHttpHeaders } from 'node:http';

export const cookieNameOf = (secureCookies: boolean): string =>
  secureCookies ? '__Host-parley.session' : 'parley.session';

// A token of 32 characters, its signature and their escapes are well below this.
const longestCookie = 300;

/** The raw value of the first cookie of that name; null when there is none that could be ours. */
export const readCookie = (headers: IncomingHttpHeaders, name: string): string | null => {
  for (const pair of headers.cookie?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    return value !== '' && value.length <= longestCookie ? value : null;
  }
  return null;
};

/** The request headers that better-auth may see: our cookie and the browser's name. */
export const authHeaders = (headers: IncomingHttpHeaders, cookieName: string): Headers => {
  const value = readCookie(headers, cookieName);
  const given = new Headers();
  if (value !== null) given.set('cookie', `${cookieName}=${value}`);
  const userAgent = headers['user-agent'];
  if (userAgent !== undefined) given.set('user-agent', userAgent.slice(0, 300));
  return given;
};

/** The `Set-Cookie` lines of ours among what better-auth answers. */
export const setCookies = (headers: Headers, cookieName: string): string[] =>
  headers.getSetCookie().filter((line) => line.startsWith(`${cookieName}=`));
