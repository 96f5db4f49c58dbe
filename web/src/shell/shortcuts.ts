import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';

export interface Shortcut {
  /** For example `mod+shift+o`, `escape`, `?`. `mod` is Cmd on Apple systems and Ctrl elsewhere. */
  keys: string;
  /** What it does, in the user's language, for the keyboard help. */
  label: string;
  /** Also while typing in a field. Combinations with `mod` always work there. */
  whileTyping?: boolean;
}
interface Registered extends Shortcut {
  run: (event: KeyboardEvent) => void;
}

let registered: readonly Registered[] = [];
const watchers = new Set<() => void>();

function change(next: readonly Registered[]): void {
  registered = next;
  for (const notify of watchers) notify();
}

export const isApple = () => /mac|iphone|ipad/i.test(navigator.platform);

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function matches(keys: string, event: KeyboardEvent): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1);
  const mod = isApple() ? event.metaKey : event.ctrlKey;
  const otherMod = isApple() ? event.ctrlKey : event.metaKey;
  if (parts.includes('mod') !== mod || otherMod || event.altKey) return false;
  // Which characters need Shift depends on the keyboard layout, so it only counts for letters.
  const letter = /^[a-z]$/.test(key ?? '');
  if (letter && parts.includes('shift') !== event.shiftKey) return false;
  return event.key.toLowerCase() === key || (key === ';' && event.code === 'Semicolon');
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const typing = isTyping(event.target);
  // The newest wins: a page overrides the shell.
  const shortcut = registered.findLast(
    (entry) => matches(entry.keys, event) && (!typing || entry.whileTyping || entry.keys.includes('mod')),
  );
  if (!shortcut) return;
  event.preventDefault();
  shortcut.run(event);
}

/** Registers a shortcut while the component is mounted and lists it in the keyboard help. */
export function useShortcut(shortcut: Shortcut, run: (event: KeyboardEvent) => void, enabled = true): void {
  const onRun = useEffectEvent(run);
  const { keys, label, whileTyping } = shortcut;
  useEffect(() => {
    if (!enabled) return;
    const entry: Registered = { keys, label, whileTyping, run: (event) => onRun(event) };
    if (registered.length === 0) window.addEventListener('keydown', onKeyDown);
    change([...registered, entry]);
    return () => {
      change(registered.filter((other) => other !== entry));
      if (registered.length === 0) window.removeEventListener('keydown', onKeyDown);
    };
  }, [keys, label, whileTyping, enabled]);
}

/** The shortcuts that work on this page now. */
export function useShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (notify) => {
      watchers.add(notify);
      return () => watchers.delete(notify);
    },
    () => registered,
  );
}

/** `mod+shift+o` as the caps to print. */
export function keyCaps(keys: string, words: { ctrl: string; shift: string }): string[] {
  const names: Record<string, string> = isApple()
    ? { mod: '⌘', shift: '⇧', enter: '↵', escape: 'Esc' }
    : { mod: words.ctrl, shift: words.shift, enter: '↵', escape: 'Esc' };
  return keys.split('+').map((key) => names[key] ?? key.toUpperCase());
}
