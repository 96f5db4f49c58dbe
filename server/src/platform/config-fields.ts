import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { createAddressRules } from './egress-addresses.ts';
import { secret, type Secret } from './secret.ts';

const fault = (message: string) => ({ error: message });

/** A whole number between two bounds, written in decimal digits. */
export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, fault(`is not a whole number; use one from ${min} to ${max}`))
    .transform(Number)
    .refine((value) => value >= min && value <= max, fault(`is out of range; use ${min} to ${max}`));

/** An absolute address of one of the given schemes. */
export const address = (schemes: readonly string[], example: string) =>
  z.string().refine(
    (value) => {
      const url = URL.canParse(value) ? new URL(value) : null;
      return url !== null && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
    },
    fault(`is not an address; use the form ${example}`),
  );

/** An absolute web address of nothing but scheme, host and port. */
export const origin = (example: string) =>
  address(['http', 'https'], example).refine((value) => !URL.canParse(value) || isOrigin(new URL(value)), {
    error: `has more than scheme, host and port; use the form ${example}`,
  });

const isOrigin = (url: URL): boolean => url.href === `${url.origin}/`;

const nearestFolder = (path: string): string => {
  for (let folder = resolve(path); ; folder = dirname(folder))
    if (statSync(folder, { throwIfNoEntry: false }) || folder === dirname(folder)) return folder;
};

const canHold = (path: string): boolean => {
  try {
    const folder = nearestFolder(path);
    accessSync(folder, constants.W_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
};

/** A folder that is there and writable, or can be made. */
export const folder = z
  .string()
  .refine(canHold, fault('is not a folder this process can write to; name another or change its owner'));

/** Like `address`, for one that may carry a password. */
export const secretAddress = (schemes: readonly string[], example: string) =>
  address(schemes, example).transform((value): Secret => secret(value));

/** One of a few words. */
export const word = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, fault(`is not one of its words; use ${words.join(', ')}`));

/** A list of words separated by commas. */
export const words = <const T extends readonly [string, ...string[]]>(allowed: T) =>
  z
    .string()
    .transform((value) => value.split(',').map((item) => item.trim()))
    .pipe(z.array(z.enum(allowed, fault(`names an unknown word; use a list of ${allowed.join(', ')}`))).min(1))
    .transform((value) => [...new Set(value)]);

/** 32 random bytes in base64 or hex. */
export const key = z
  .string()
  .regex(
    /^([0-9a-f]{64}|[\w+/-]{43}=?)$/i,
    fault('is not 32 bytes in base64 or hex; make one with: openssl rand -base64 32'),
  )
  .transform((value): Secret => secret(value));

const splitList = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const isEgressEntry = (item: string): boolean => {
  const port = /[^:]:(\d+)$/.exec(item)?.[1];
  if (port !== undefined && isIP(item) === 0 && (Number(port) < 1 || Number(port) > 65535)) return false;
  try {
    createAddressRules([item]);
    return true;
  } catch {
    return false;
  }
};

const isProxyEntry = (item: string): boolean =>
  isIP(item) !== 0 || (ipaddr.isValidCIDR(item) && isIP(item.split('/')[0]!) !== 0 && !item.endsWith('/0'));

const list = (isEntry: (item: string) => boolean, message: string) =>
  z
    .string()
    .transform(splitList)
    .refine((items) => items.every(isEntry), {
      error: (issue) => `has the entry ${(issue.input as string[]).find((item) => !isEntry(item))}, ${message}`,
    });

/** `host:port`, addresses or networks separated by commas; `none` for none. */
export const networkList = z
  .string()
  .transform((value) => (value === 'none' ? '' : value))
  .pipe(list(isEgressEntry, 'which is none of these; use host:port, an address or a network like 10.0.0.0/8'));

/** Addresses and networks of proxies, separated by commas; empty for none. */
export const proxyList = list(
  isProxyEntry,
  'which is none of these; use the address of the proxy or a network like 10.0.0.0/8',
);

/** A secret of at least a few characters with no blanks. */
export const secretText = (min: number) =>
  z
    .string()
    .min(min, fault(`is shorter than ${min} characters; use a longer one`))
    .regex(/^\S+$/, fault('has blanks in it; check how it was pasted'))
    .transform((value): Secret => secret(value));
