import { describe, expect, it } from 'vitest';
import css from './tokens.css?raw';

function block(selector: string): Record<string, string> {
  const start = css.indexOf(`\n${selector} {`);
  expect(start, selector).toBeGreaterThan(-1);
  const body = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1], match[2]]));
}

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const surfaces = ['page', 'sunken', 'raised', 'hover'];
const textPairs: [string, string][] = [
  ...surfaces.flatMap((surface): [string, string][] => [
    ['ink', surface],
    ['soft', surface],
    ['faint', surface],
    ['accent-ink', surface],
    ['danger-ink', surface],
  ]),
  ['ink', 'pressed'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['accent-ink', 'accent-soft'],
  ['soft', 'accent-soft'],
  ['on-danger', 'danger'],
  ['danger-ink', 'danger-soft'],
  ['success-ink', 'success-soft'],
  ['warning-ink', 'warning-soft'],
];
const shapePairs: [string, string][] = [
  ['line-strong', 'page'],
  ['line-strong', 'raised'],
  ['accent', 'page'],
  ['accent', 'raised'],
  ['accent', 'sunken'],
  ['danger', 'page'],
];

const accents = ['indigo', 'teal', 'rose', 'amber', 'violet', 'slate'];
describe.each(['light', 'dark'])('%s theme', (theme) => {
  it.each(accents)('keeps text readable with %s', (accent) => {
    const colours = {
      ...block(':root'),
      ...(accent === 'indigo' ? {} : block(`:root[data-accent='${accent}']`)),
      ...(theme === 'dark' ? block(`:root[data-theme='dark']`) : {}),
      ...(theme === 'dark' && accent !== 'indigo' ? block(`:root[data-theme='dark'][data-accent='${accent}']`) : {}),
    };
    const ratio = ([front, back]: [string, string]) => contrast(colours[front] ?? '', colours[back] ?? '');
    const weak = [
      ...textPairs.filter((pair) => !(ratio(pair) >= 4.5)),
      ...shapePairs.filter((pair) => !(ratio(pair) >= 3)),
    ].map((pair) => `${pair.join(' on ')}: ${ratio(pair).toFixed(2)}`);
    expect(weak).toEqual([]);
  });
});
