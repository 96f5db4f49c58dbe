import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs/runbooks');
const rules = readFileSync(join(folder, 'alerts.yml'), 'utf8');
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);

const sources = readdirSync(join(root, 'server/src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(root, 'server/src', name), 'utf8'));
const metrics = new Set(sources.flatMap((source) => matches(source, /name: '(parley_\w+)'/g)));
const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');

/** A histogram is asked for by its parts. */
const isMetric = (name: string): boolean => metrics.has(name.replace(/_(bucket|count|sum)$/, ''));

describe('runbooks', () => {
  it('has a page for every alert, an alert for every page, and both in the list', () => {
    const named = matches(rules, /runbook: docs\/runbooks\/(.+\.md)/g);
    const alerts = matches(rules, /alert: (\w+)/g);
    expect(alerts.length).toBe(named.length);
    expect(named.toSorted()).toEqual(pages.toSorted());
    const list = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const [index, page] of named.entries()) {
      expect(readFileSync(join(folder, page), 'utf8')).toContain(`Alert \`${alerts[index]!}\``);
      expect(list).toContain(`\`${alerts[index]!}\``);
      expect(list).toContain(`(${page})`);
    }
  });

  it('speaks of metrics that exist', () => {
    const texts = [rules, ...pages.map((page) => readFileSync(join(folder, page), 'utf8'))];
    const named = new Set(texts.flatMap((text) => matches(text, /\b(parley_\w+)/g)));
    expect(named.size).toBeGreaterThan(10);
    for (const name of named) expect(isMetric(name), name).toBe(true);
  });

  it('quotes log lines that are written', () => {
    for (const page of pages) {
      const [, traces = ''] = readFileSync(join(folder, page), 'utf8').split('## Traces');
      for (const line of matches(traces, /`([^`]+)`/g)) {
        if (line.includes('_') || !line.includes(' ')) continue;
        const [start = ''] = line.split(' …');
        expect(
          sources.some((source) => source.includes(start)),
          `${page}: ${line}`,
        ).toBe(true);
      }
    }
  });
});
