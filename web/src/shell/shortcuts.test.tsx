import { fireEvent, render } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { keyCaps, useShortcut } from './shortcuts.ts';

function Page({ keys, run, whileTyping }: { keys: string; run: () => void; whileTyping?: boolean }) {
  useShortcut({ keys, label: keys, whileTyping }, run);
  return <textarea aria-label="text" />;
}
const press = (init: KeyboardEventInit, target: Element | Window = window) => fireEvent.keyDown(target, init);

it('needs exactly its modifiers', () => {
  const run = vi.fn();
  render(<Page keys="mod+shift+c" run={run} />);
  press({ key: 'c', ctrlKey: true });
  press({ key: 'C', shiftKey: true });
  press({ key: 'C', ctrlKey: true, shiftKey: true, altKey: true });
  press({ key: 'C', ctrlKey: true, shiftKey: true, metaKey: true });
  expect(run).not.toHaveBeenCalled();
  press({ key: 'C', ctrlKey: true, shiftKey: true });
  expect(run).toHaveBeenCalledTimes(1);
});

it('leaves plain keys to text fields unless asked, and composition alone', () => {
  const plain = vi.fn();
  const always = vi.fn();
  const view = render(
    <>
      <Page keys="?" run={plain} />
      <Page keys="escape" run={always} whileTyping />
    </>,
  );
  const field = view.getAllByLabelText('text')[0] as Element;
  press({ key: '?' }, field);
  press({ key: 'Escape' }, field);
  press({ key: 'Escape', isComposing: true }, field);
  expect(plain).not.toHaveBeenCalled();
  expect(always).toHaveBeenCalledTimes(1);
});

it('lets the newest win and gives the key back when it goes', () => {
  const shell = vi.fn();
  const page = vi.fn();
  const first = render(<Page keys="mod+k" run={shell} />);
  const second = render(<Page keys="mod+k" run={page} />);
  press({ key: 'k', ctrlKey: true });
  expect([shell, page].map((run) => run.mock.calls.length)).toEqual([0, 1]);
  second.unmount();
  press({ key: 'k', ctrlKey: true });
  expect([shell, page].map((run) => run.mock.calls.length)).toEqual([1, 1]);
  first.unmount();
  press({ key: 'k', ctrlKey: true });
  expect(shell).toHaveBeenCalledTimes(1);
});

it('prints the keys as they are on the keyboard', () => {
  expect(keyCaps('mod+shift+o', { ctrl: 'Strg', shift: 'Umschalt' })).toEqual(['Strg', 'Umschalt', 'O']);
});
