import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, type Config } from '../platform/config.ts';

/** A configuration for tests: any free port, quiet, a data folder of its own; `settings` are environment variables. */
export const testConfig = (settings: Record<string, string> = {}): Config =>
  readConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATA_DIR: settings.DATA_DIR ?? mkdtempSync(join(tmpdir(), 'parley-test-')),
    PUBLIC_URL: 'http://localhost',
    MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    EGRESS_ALLOW: '127.0.0.0/8,localhost:11434',
    WRITES_PER_MINUTE: '1000000',
    READS_PER_MINUTE: '1000000',
    OLLAMA_URL: 'http://127.0.0.1:9',
    DEMO_WORDS_PER_SECOND: '100000',
    SHUTDOWN_GRACE_SECONDS: '1',
    MODEL_RETRY_MS: '20',
    ...settings,
  });
