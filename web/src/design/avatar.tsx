import { cx } from './cx.ts';

const sizes = { sm: 'size-6 text-xs', md: 'size-8 text-sm', lg: 'size-12 text-xl' };

function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters
    .map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0x20).trim())
    .join('')
    .toUpperCase();
}

/** Decorative: the name is expected beside it. An emoji wins over initials. */
export function Avatar({
  name,
  emoji,
  size = 'md',
  shape = 'round',
  strong = false,
  className,
}: {
  name: string;
  emoji?: string | null;
  size?: keyof typeof sizes;
  shape?: 'round' | 'square';
  strong?: boolean;
  className?: string;
}) {
  return (
    <span
      aria-hidden="true"
      className={cx(
        'inline-flex shrink-0 select-none items-center justify-center overflow-hidden font-medium',
        shape === 'round' ? 'rounded-full' : 'rounded-md',
        strong ? 'bg-accent text-on-accent' : 'bg-accent-soft text-accent-ink',
        sizes[size],
        className,
      )}
    >
      {emoji || initials(name)}
    </span>
  );
}
