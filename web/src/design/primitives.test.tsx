import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { Avatar } from './avatar.tsx';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';
import { Field } from './field.tsx';
import { IconButton } from './icon-button.tsx';
import { Input } from './input.tsx';
import { Kbd } from './kbd.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from './menu.tsx';
import { Select } from './select.tsx';
import { Spinner } from './spinner.tsx';
import { Switch } from './switch.tsx';
import { Tabs } from './tabs.tsx';
import { Textarea } from './textarea.tsx';
import { ToastProvider, useToast } from './toast.tsx';

describe('Field', () => {
  it.each([
    ['input', <Input key="i" />],
    ['textarea', <Textarea key="t" />],
    ['select', <Select key="s" />],
  ])('ties label, hint and error to its %s', (_name, control) => {
    render(
      <Field label="Name" hint="As on the door" error="Too short" required>
        {control}
      </Field>,
    );
    const element = screen.getByLabelText('Name');
    const described = (element.getAttribute('aria-describedby') ?? '').split(' ');
    expect(described.map((id) => document.getElementById(id)?.textContent)).toEqual(['Too short', 'As on the door']);
    expect(element.getAttribute('aria-invalid')).toBe('true');
    expect(element.hasAttribute('required')).toBe(true);
  });
});

describe('Button', () => {
  it('refuses clicks while busy but keeps the focus', async () => {
    const onClick = vi.fn();
    const { rerender } = render(<Button onClick={onClick}>Go</Button>);
    const button = screen.getByRole('button', { name: 'Go' });
    button.focus();
    rerender(
      <Button busy onClick={onClick}>
        Go
      </Button>,
    );
    await userEvent.click(button);
    expect(onClick).not.toHaveBeenCalled();
    expect(document.activeElement).toBe(button);
    expect(button.getAttribute('aria-busy')).toBe('true');
  });

  it('lends its look to a link', () => {
    render(
      <Button asChild>
        <a href="/x">Go</a>
      </Button>,
    );
    expect(screen.getByRole('link', { name: 'Go' }).className).toContain('inline-flex');
  });
});

describe('Tooltip', () => {
  it('shows on hover after a moment and on keyboard focus, and hides on Escape', async () => {
    vi.useFakeTimers();
    render(<IconButton label="Copy">x</IconButton>);
    const button = screen.getByRole('button', { name: 'Copy' });
    const tip = () => screen.queryByText('Copy');
    fireEvent.pointerEnter(button, { pointerType: 'mouse' });
    expect(tip()).toBeNull();
    act(() => void vi.advanceTimersByTime(400));
    expect(tip()).toBeTruthy();
    fireEvent.pointerLeave(button);
    fireEvent.pointerEnter(tip() as Element);
    act(() => void vi.advanceTimersByTime(200));
    expect(tip()).toBeTruthy();
    fireEvent.keyDown(button, { key: 'Escape' });
    expect(tip()).toBeNull();
    fireEvent.pointerEnter(button, { pointerType: 'touch' });
    act(() => void vi.advanceTimersByTime(1_000));
    expect(tip()).toBeNull();
    vi.useRealTimers();
  });
});

describe('Menu', () => {
  it('opens by keyboard, marks the choice and returns the focus', async () => {
    const chosen = vi.fn();
    render(
      <Menu trigger={<button type="button">Open</button>}>
        <MenuLabel>Size</MenuLabel>
        <MenuChoice checked onSelect={chosen}>
          Large
        </MenuChoice>
        <MenuSeparator />
        <MenuItem danger>Delete</MenuItem>
      </Menu>,
    );
    const user = userEvent.setup();
    const trigger = screen.getByRole('button', { name: 'Open' });
    trigger.focus();
    await user.keyboard('{Enter}');
    const item = await screen.findByRole('menuitemcheckbox', { name: 'Large' });
    expect(item.getAttribute('aria-checked')).toBe('true');
    await user.keyboard('{Enter}');
    expect(chosen).toHaveBeenCalledTimes(1);
    await waitFor(() => expect(document.activeElement).toBe(trigger));
  });
});

describe('Switch and Tabs', () => {
  it('flips with its label and names its hint', async () => {
    function Example() {
      const [on, setOn] = useState(false);
      return <Switch label="Sound" hint="When an answer is done" checked={on} onCheckedChange={setOn} />;
    }
    render(<Example />);
    await userEvent.click(screen.getByText('Sound'));
    expect(screen.getByRole('switch', { name: 'Sound' }).getAttribute('aria-checked')).toBe('true');
  });

  it('shows one tab at a time', async () => {
    render(
      <Tabs
        label="Views"
        tabs={[
          { value: 'a', label: 'First', content: 'one' },
          { value: 'b', label: 'Second', content: 'two' },
        ]}
      />,
    );
    expect(screen.getByText('one')).toBeTruthy();
    await userEvent.click(screen.getByRole('tab', { name: 'Second' }));
    expect(screen.getByRole('tabpanel').textContent).toBe('two');
  });
});

describe('Toast', () => {
  it('announces, offers an action, and goes', async () => {
    const undo = vi.fn();
    function Example() {
      const toast = useToast();
      return (
        <>
          <button type="button" onClick={() => toast.show('Deleted', { label: 'Undo', onSelect: undo })}>
            delete
          </button>
          <button type="button" onClick={() => toast.fail('Broken')}>
            break
          </button>
        </>
      );
    }
    render(
      <ToastProvider dismissLabel="Dismiss">
        <Example />
      </ToastProvider>,
    );
    await userEvent.click(screen.getByText('delete'));
    expect(screen.getByText('Deleted').closest('[aria-live="polite"]')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    expect(undo).toHaveBeenCalledTimes(1);
    expect(screen.queryByText('Deleted')).toBeNull();
    await userEvent.click(screen.getByText('break'));
    expect(screen.getByRole('alert').textContent).toContain('Broken');
    await userEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByText('Broken')).toBeNull();
  });
});

it('draws initials, an emoji, and the small things', () => {
  const { container } = render(
    <>
      <Avatar name="grace brewster hopper" />
      <Avatar name="Ada" emoji="🦊" shape="square" strong />
      <Avatar name="" />
      <Spinner label="Working" />
      <Kbd>K</Kbd>
      <EmptyState title="Nothing" description="yet" action={<Button>Add</Button>} icon="i" />
    </>,
  );
  expect([...container.querySelectorAll('[aria-hidden="true"].inline-flex')].map((node) => node.textContent)).toEqual([
    'GH',
    '🦊',
    '',
  ]);
  expect(screen.getByRole('status').textContent).toBe('Working');
});
