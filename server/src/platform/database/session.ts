import pg from 'pg';

const int8 = 20;

/** How column values arrive: as pg does it, but bigint as number (ours stay below 2^53: nano-dollars, counts). */
export const parseValues = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary'): unknown =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format ?? 'text')) as typeof pg.types.getTypeParser,
};

/**
 * Plans of prepared statements are made while tables are small and kept while they grow, so none may be built on
 * reading a table whole; every statement of ours has its index.
 */
export const plannerSettings = ['enable_seqscan=off', 'jit=off'];
