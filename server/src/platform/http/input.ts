import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { AppError, type FieldError } from '../errors.ts';

const maxDepth = 32;

/** Dotted paths of everything wrong, `body` and the like left out; an unknown key is named itself. */
const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known here' }));
    return [{ path: path.join('.'), message: issue.message }];
  });

/** Validates each part of a request with its zod schema; the answer names every faulty path. */
export const validateInput: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    const errors = fieldErrors(result.error);
    const first = errors[0];
    const where = first && first.path !== '' ? `${httpPart} ${first.path}` : String(httpPart);
    return {
      error: new AppError('invalid_request', `${where}: ${first?.message ?? 'is not valid'}`, { errors }),
    };
  };
};

const tooDeep = (text: string): boolean => {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 92) index += 1;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123 || code === 91) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (code === 125 || code === 93) depth -= 1;
  }
  return false;
};

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** Parses a JSON body; refuses what is nested too deep and keys that reach for prototypes, naming them. */
export const parseJson = (text: string): unknown => {
  if (text.trim() === '') throw new AppError('invalid_request', 'The body is empty; send a JSON object.');
  if (tooDeep(text)) throw new AppError('invalid_request', `The body is nested deeper than ${maxDepth} levels.`);
  let poisoned: string | null = null;
  let value: unknown;
  try {
    value = JSON.parse(text, (key, inner: unknown) => {
      if (forbidden.has(key)) poisoned = key;
      return inner;
    });
  } catch (cause) {
    throw new AppError('invalid_request', 'The body is not valid JSON.', { cause });
  }
  if (poisoned !== null)
    throw new AppError('invalid_request', `The key ${JSON.stringify(poisoned)} is not allowed.`, {
      errors: [{ path: poisoned, message: 'is not allowed as a key' }],
    });
  return value;
};
