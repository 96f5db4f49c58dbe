import { describe, expect, it } from 'vitest';

type Tree = { [key: string]: string | Tree };
const files = import.meta.glob<Tree>('./*/*.json', { eager: true, import: 'default' });

function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}
const placeholders = (text: string) => [...text.matchAll(/\{\{\s*([\w.]+)/g)].map((match) => String(match[1])).sort();
const tags = (text: string) => [...text.matchAll(/<\/?\w+\/?>/g)].map(String).sort();

const namespaces = Object.keys(files)
  .filter((path) => path.startsWith('./en/'))
  .map((path) => path.slice('./en/'.length));

describe.each(['de', 'es'])('%s', (language) => {
  it('has the namespaces of English and no others', () => {
    const own = Object.keys(files)
      .filter((path) => path.startsWith(`./${language}/`))
      .map((path) => path.slice(`./${language}/`.length));
    expect(own.sort()).toEqual([...namespaces].sort());
  });

  it.each(namespaces)('%s has the keys, placeholders and tags of English', (namespace) => {
    const english = flatten(files[`./en/${namespace}`] ?? {});
    const own = flatten(files[`./${language}/${namespace}`] ?? {});
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of english) {
      const translated = own.get(key) ?? '';
      expect({ key, holes: placeholders(translated) }).toEqual({ key, holes: placeholders(text) });
      expect({ key, tags: tags(translated) }).toEqual({ key, tags: tags(text) });
      expect(translated.trim(), key).not.toBe('');
    }
  });
});
