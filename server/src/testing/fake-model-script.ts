/** What one call shall do, read from the model's name; the grammar is at the top of fake-model.ts. */
export interface FakeScript {
  words: number;
  reasoning: number;
  paceMs: number;
  firstMs: number;
  headMs: number;
  fault: { kind: 'error' | 'cut' | 'stall' | 'end' | 'garbage'; after: number } | null;
  status: number | null;
  retryAfter: number | null;
  retryAfterMs: number | null;
  times: number;
  /** Closes the socket instead of an answer. */
  reset: boolean;
  quota: boolean;
  body: 'html' | 'json' | null;
  lineBytes: number;
  holds: number[];
  cached: number;
  split: number;
  pings: boolean;
  crlf: boolean;
  sendsDone: boolean;
  sendsUsage: boolean;
}

const faults = new Set(['error', 'cut', 'stall', 'end', 'garbage']);

export const readScript = (model: string): FakeScript => {
  const script: FakeScript = {
    words: 20,
    reasoning: 0,
    paceMs: 0,
    firstMs: 0,
    headMs: 0,
    fault: null,
    status: null,
    retryAfter: null,
    retryAfterMs: null,
    times: Infinity,
    reset: false,
    quota: false,
    body: null,
    lineBytes: 0,
    holds: [],
    cached: 0,
    split: 0,
    pings: false,
    crlf: false,
    sendsDone: true,
    sendsUsage: true,
  };
  const tokens = model.split('-');
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i]!;
    const number = Number.parseInt(tokens[i + 1] ?? '', 10);
    const after = tokens[i + 1] === 'after' ? Number.parseInt(tokens[i + 2] ?? '', 10) : NaN;
    if (faults.has(token) && after >= 0) {
      script.fault = { kind: token as NonNullable<FakeScript['fault']>['kind'], after };
      script.words = Math.max(script.words, after);
    } else if (token === 'hold' && after >= 0) {
      script.holds.push(after);
      script.words = Math.max(script.words, after);
    } else if (token === 'words' && number >= 0) script.words = number;
    else if (token === 'reasoning' && number >= 0) script.reasoning = number;
    else if (token === 'pace' && number >= 0) script.paceMs = number;
    else if (token === 'first' && number >= 0) script.firstMs = number;
    else if (token === 'head' && number >= 0) script.headMs = number;
    else if (token === 'status' && number >= 100) script.status = number;
    else if (token === 'retry' && number >= 0) script.retryAfter = number;
    else if (token === 'wait' && number >= 0) script.retryAfterMs = number;
    else if (token === 'times' && number >= 0) script.times = number;
    else if (token === 'cached' && number >= 0) script.cached = number;
    else if (token === 'split' && number > 0) script.split = number;
    else if (token === 'line' && number > 0) script.lineBytes = number * 1024 * 1024;
    else if ((token === 'html' || token === 'json') && number === 200) script.body = token;
    else if (token === 'reset') script.reset = true;
    else if (token === 'quota') script.quota = true;
    else if (token === 'ping') script.pings = true;
    else if (token === 'crlf') script.crlf = true;
    else if (token === 'nodone') script.sendsDone = false;
    else if (token === 'nousage') script.sendsUsage = false;
  }
  script.holds.sort((a, b) => a - b);
  return script;
};

/** The same model without its faults: what it does once its `times` are used up. */
export const withoutFaults = (script: FakeScript): FakeScript => ({
  ...script,
  fault: null,
  status: null,
  reset: false,
  quota: false,
  body: null,
  lineBytes: 0,
});

const series = (letter: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`).join(' ');

/** The exact text of an answer of `words` words: `w1 w2 …`. */
export const fakeText = (words: number): string => series('w', words);

/** The exact reasoning of a `reasoning-N` model: `r1 r2 …`. */
export const fakeReasoning = (words: number): string => series('r', words);
