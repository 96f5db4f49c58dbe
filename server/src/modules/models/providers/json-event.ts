import type { Json } from './upstream-errors.ts';
import { isJson, malformed } from './upstream-errors.ts';

/** Parses the data of one event. Throws `upstream_protocol` when it is not a JSON object. */
export const parseEvent = (line: string, title: string): Json => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw malformed(title, error);
  }
  if (!isJson(value)) throw malformed(title);
  return value;
};

export const record = (value: unknown): Json | null => (isJson(value) ? value : null);

/** A token count as a provider reports it; anything that cannot be one counts as none. */
export const count = (value: unknown): number =>
  typeof value === 'number' && value > 0 && value < Number.MAX_SAFE_INTEGER ? Math.round(value) : 0;
