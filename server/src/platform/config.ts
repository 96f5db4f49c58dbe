import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  address,
  folder,
  integer,
  key,
  networkList,
  origin,
  proxyList,
  secretAddress,
  secretText,
  word,
  words,
} from './config-fields.ts';

export type { Secret } from './secret.ts';

export const roleNames = ['api', 'worker', 'realtime'] as const;
export type RoleName = (typeof roleNames)[number];

/** Every setting there is: its form, its default (as text, or none) and what it is for. `.env.example` is printed from it. */
export const settings = {
  HOST: {
    form: z.string().refine((host) => isIP(host) !== 0 || /^[a-z0-9.-]+$/i.test(host), {
      error: 'is neither an IP address nor a host name; use 127.0.0.1 or 0.0.0.0',
    }),
    preset: '127.0.0.1',
    about: 'Address to listen on; 0.0.0.0 to be reached from other machines.',
  },
  PORT: { form: integer(0, 65535), preset: '3000', about: 'Port to listen on; 0 for any free one.' },
  PUBLIC_URL: {
    form: origin('https://parley.example.org'),
    about: 'The address people type. https makes cookies secure. Default: http://localhost:PORT.',
  },
  ROLES: {
    form: words(roleNames),
    preset: 'api,worker,realtime',
    about: 'What this process serves: api (HTTP), worker (jobs), realtime (runs over WebSocket).',
  },
  DATA_DIR: {
    form: folder,
    preset: 'data',
    about: 'Folder of the embedded database, its lock and the master key file.',
  },
  DATABASE_URL: {
    form: secretAddress(['postgres', 'postgresql'], 'postgres://user:password@host:5432/name'),
    about: 'PostgreSQL instead of the embedded database. Needs MASTER_KEY.',
  },
  REDIS_URL: {
    form: secretAddress(['redis', 'rediss'], 'redis://user:password@host:6379'),
    about:
      'Redis 6 or newer for wake-ups and shared rate limits of several processes. Without it: NOTIFY of PostgreSQL.',
  },
  DATABASE_POOL_SIZE: { form: integer(2, 200), preset: '10', about: 'Connections to PostgreSQL of this process.' },
  MASTER_KEY: {
    form: key,
    about: 'Encrypts stored keys and signs cookies. Embedded: made in DATA_DIR/master.key when not given.',
  },
  LOG_LEVEL: {
    form: word(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    preset: 'info',
    about: 'Least severe log line printed.',
  },
  TRUSTED_PROXIES: {
    form: proxyList,
    preset: '',
    about: 'Addresses of reverse proxies whose X-Forwarded-For is believed.',
  },
  METRICS_TOKEN: {
    form: secretText(16),
    about: 'Bearer token for /metrics; without it only this machine may read it.',
  },
  EGRESS_ALLOW: {
    form: networkList,
    preset: '127.0.0.1:11434,localhost:11434,127.0.0.1:1234,localhost:1234',
    about:
      'Private addresses the server may call (host:port or network), or none. Default: Ollama and LM Studio on this machine.',
  },
  WRITES_PER_MINUTE: {
    form: integer(1, 10_000_000),
    preset: '600',
    about: 'Requests that change something, per signed-in user; stricter rules of single routes come on top.',
  },
  READS_PER_MINUTE: { form: integer(1, 10_000_000), preset: '6000', about: 'Other requests, per signed-in user.' },
  ANTHROPIC_API_KEY: { form: secretText(8), about: 'Offered to the operator in Settings → Models.' },
  OPENAI_API_KEY: { form: secretText(8), about: 'Offered to the operator in Settings → Models.' },
  OLLAMA_URL: {
    form: address(['http', 'https'], 'http://127.0.0.1:11434'),
    preset: 'http://127.0.0.1:11434',
    about: 'Where to look for a local Ollama.',
  },
  SMTP_URL: {
    form: secretAddress(['smtp', 'smtps'], 'smtps://user:password@host:465'),
    about: 'Mail server. Without it letters are written to DATA_DIR/outbox, and the log says where.',
  },
  MAIL_FROM: {
    form: z.string().regex(/^([^<>@\r\n]+<[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/, {
      error: 'is not a sender; use the form Parley <parley@example.org>',
    }),
    preset: 'Parley <parley@localhost>',
    about: 'Sender of mail.',
  },
  MODEL_CONNECT_TIMEOUT_MS: { form: integer(100, 120_000), preset: '10000', about: 'Time to reach a model provider.' },
  MODEL_FIRST_TOKEN_TIMEOUT_MS: {
    form: integer(100, 3_600_000),
    preset: '120000',
    about: 'Time from the request to the first token.',
  },
  MODEL_IDLE_TIMEOUT_MS: { form: integer(100, 3_600_000), preset: '60000', about: 'Longest silence between tokens.' },
  MODEL_TOTAL_TIMEOUT_MS: { form: integer(1000, 86_400_000), preset: '1800000', about: 'Longest answer.' },
  MODEL_DEADLINE_MS: {
    form: integer(100, 3_600_000),
    preset: '180000',
    about: 'Time until the first token, with all attempts and fallback models together.',
  },
  MODEL_ATTEMPTS: { form: integer(1, 10), preset: '3', about: 'How often one model is asked before its first token.' },
  MODEL_RETRY_MS: {
    form: integer(1, 60_000),
    preset: '500',
    about: 'Longest pause before the second attempt; it doubles with each further one.',
  },
  MODEL_CONCURRENCY: {
    form: integer(1, 1_000_000),
    preset: '2000',
    about: 'Calls one key of a workspace may have under way at once in this process; more wait in line.',
  },
  MODEL_CIRCUIT_FAILURES: {
    form: integer(1, 1000),
    preset: '5',
    about: 'Outages in a row after which a provider is not asked for a while.',
  },
  MODEL_CIRCUIT_PAUSE_MS: {
    form: integer(10, 600_000),
    preset: '5000',
    about: 'Longest first such pause; it doubles until the provider answers again, up to 60 times as long.',
  },
  RUN_FLUSH_MS: { form: integer(0, 1000), preset: '50', about: 'Longest time streamed text waits for its commit.' },
  RUN_EVENT_HOURS: { form: integer(1, 8760), preset: '24', about: 'How long the events of an ended run are kept.' },
  SHUTDOWN_GRACE_SECONDS: { form: integer(0, 600), preset: '20', about: 'Time for running answers after SIGTERM.' },
  DEMO_WORDS_PER_SECOND: { form: integer(1, 100_000), preset: '40', about: 'Speed of the built-in demo model.' },
} as const satisfies Record<string, { form: z.ZodType; preset?: string; about: string }>;

type Settings = typeof settings;
type Value<K extends keyof Settings> = z.output<Settings[K]['form']>;
type Values = { [K in keyof Settings]: Settings[K] extends { preset: string } ? Value<K> : Value<K> | null };

/** A configuration that cannot be used. `lines` has one line per fault: variable, what is wrong, what to do. */
export class ConfigError extends Error {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}

const readValues = (environment: Record<string, string | undefined>): Values => {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<{ form: z.ZodType; preset?: string }>(settings)) {
    const given = environment[name]?.trim();
    const text = given === undefined || given === '' ? setting.preset : given;
    if (text === undefined) {
      values[name] = null;
      continue;
    }
    const result = setting.form.safeParse(text);
    if (result.success) values[name] = result.data;
    else faults.push(`${name} ${result.error.issues[0]?.message ?? 'cannot be used'}`);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return values as Values;
};

const crossChecks = (values: Values): string[] => {
  const faults: string[] = [];
  if (values.DATABASE_URL && !values.MASTER_KEY)
    faults.push('MASTER_KEY is missing, and DATABASE_URL needs it; make one with: openssl rand -base64 32');
  if (!values.DATABASE_URL && !(['api', 'worker'] as const).every((role) => values.ROLES.includes(role)))
    faults.push('ROLES is split, but the embedded database serves one process; set DATABASE_URL or leave ROLES out');
  if (!values.DATABASE_URL && values.REDIS_URL)
    faults.push(
      'REDIS_URL is for several processes, and the embedded database serves one; set DATABASE_URL or leave it out',
    );
  if (values.MODEL_TOTAL_TIMEOUT_MS < values.MODEL_FIRST_TOKEN_TIMEOUT_MS)
    faults.push('MODEL_TOTAL_TIMEOUT_MS is shorter than MODEL_FIRST_TOKEN_TIMEOUT_MS; make it the longer one');
  return faults;
};

/** The environment of this process, with what a `.env` file in the working folder adds to it. */
export const loadEnvironment = (): Record<string, string | undefined> => {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
};

/** Reads the configuration from environment variables; throws ConfigError naming every fault. */
export const readConfig = (environment: Record<string, string | undefined>) => {
  const values = readValues(environment);
  const faults = crossChecks(values);
  if (faults.length > 0) throw new ConfigError(faults);
  const publicUrl = new URL(values.PUBLIC_URL ?? `http://localhost:${values.PORT}`).origin;
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl,
    secureCookies: publicUrl.startsWith('https:'),
    roles: values.ROLES,
    dataDir: resolve(values.DATA_DIR),
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    redisUrl: values.REDIS_URL,
    masterKey: values.MASTER_KEY,
    logLevel: values.LOG_LEVEL,
    trustedProxies: values.TRUSTED_PROXIES,
    metricsToken: values.METRICS_TOKEN,
    egressAllow: values.EGRESS_ALLOW,
    limits: { writesPerMinute: values.WRITES_PER_MINUTE, readsPerMinute: values.READS_PER_MINUTE },
    environmentKeys: { anthropic: values.ANTHROPIC_API_KEY, openai: values.OPENAI_API_KEY },
    ollamaUrl: values.OLLAMA_URL,
    mail: { smtpUrl: values.SMTP_URL, from: values.MAIL_FROM },
    modelLimits: {
      connectMs: values.MODEL_CONNECT_TIMEOUT_MS,
      firstTokenMs: values.MODEL_FIRST_TOKEN_TIMEOUT_MS,
      idleMs: values.MODEL_IDLE_TIMEOUT_MS,
      totalMs: values.MODEL_TOTAL_TIMEOUT_MS,
    },
    modelRetries: {
      deadlineMs: values.MODEL_DEADLINE_MS,
      attempts: values.MODEL_ATTEMPTS,
      pauseMs: values.MODEL_RETRY_MS,
    },
    modelCalls: {
      concurrency: values.MODEL_CONCURRENCY,
      circuitFailures: values.MODEL_CIRCUIT_FAILURES,
      circuitPauseMs: values.MODEL_CIRCUIT_PAUSE_MS,
    },
    runs: {
      flushMs: values.RUN_FLUSH_MS,
      eventHours: values.RUN_EVENT_HOURS,
    },
    shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS,
    demoWordsPerSecond: values.DEMO_WORDS_PER_SECOND,
  };
};

export type Config = ReturnType<typeof readConfig>;
