import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { notFound } from './errors.ts';

/**
 * The real path of `name` below `root`, symlinks resolved. Throws not_found when it does not exist or leads outside;
 * containment is judged by path segments of the real paths.
 */
export const resolveWithin = (root: string, name: string): string => {
  if (name.includes('\0')) throw notFound();
  try {
    const base = realpathSync(root);
    const path = realpathSync(join(base, name));
    const inside = relative(base, path);
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw notFound();
    return path;
  } catch {
    throw notFound();
  }
};
