import { AppError } from './errors.ts';

/** A checked address, taken apart the way the connection pool wants it. */
export interface Target {
  url: URL;
  origin: string;
  path: string;
}

const networkCode = /^(E[A-Z]{2,}|UND_ERR|ERR_|HPE_|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;

/** The port that a URL means, with the default of its scheme. */
export const portOf = (url: URL): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
/** The host without the brackets of an IPv6 address. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

const describeCode = (code: string): string => {
  if (code === 'ECONNREFUSED') return 'nothing answers there (connection refused)';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name could not be resolved';
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'the connection was closed';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'connecting took too long';
  if (/CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO/.test(code)) return `its certificate is not trusted (${code})`;
  if (code.startsWith('HPE_') || code === 'EPROTO') return `it does not speak HTTP as expected (${code})`;
  return code;
};

/** Turns the network errors of undici and Node into `unavailable`; leaves everything else alone. */
export const translate = (error: unknown, host: string): unknown => {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  const code = (first as NodeJS.ErrnoException).code;
  if (typeof code !== 'string' || !networkCode.test(code)) return error;
  return new AppError('unavailable', `Could not reach ${host}: ${describeCode(code)}.`, { cause: first });
};

/** The error of a connection that did not come about in time. */
export const connectTimeout = (host: string, milliseconds: number): AppError =>
  new AppError('unavailable', `Could not reach ${host}: no connection within ${milliseconds / 1000} s.`, {
    cause: Object.assign(new Error('connect timeout'), { code: 'UND_ERR_CONNECT_TIMEOUT' }),
  });

/** The error of the guard: names the address and how the operator can allow it. */
export const refusal = (address: string, url: URL): AppError => {
  const host = hostOf(url);
  const port = portOf(url);
  const what = host === address ? `${address} is` : `${host} leads to ${address}, which is`;
  const remedy = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new AppError(
    'forbidden',
    `${what} a private or special address, and Parley does not connect to those. ` +
      `If this is your own server, allow it with EGRESS_ALLOW=${remedy} and restart.`,
  );
};

/** Reads a URL that people may have typed. Throws `invalid_request`. */
export const parseTarget = (text: string): Target => {
  if (!URL.canParse(text)) throw new AppError('invalid_request', 'This is not a complete web address (https://…).');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('invalid_request', 'Only http and https addresses can be used.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('invalid_request', 'An address must not contain a user name or password.');
  }
  return { url, origin: url.origin, path: url.pathname + url.search };
};
