import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { draftPrefix } from '../../kept-texts.ts';
import { problem, type StubRoutes } from '../../testing/api-stub.ts';
import { listOf, meOf, personalId, workspaceOf } from '../../testing/fixtures.ts';
import { renderApp } from '../../testing/render.tsx';
import {
  answer,
  botOf,
  conversationOf,
  createRunLog,
  demoProviderId,
  modelOf,
  question,
  turnOf,
} from './testing/chat-fixtures.ts';

const base: StubRoutes = { 'GET /v1/bots': listOf([botOf()]), 'GET /v1/models': listOf([modelOf()]) };
const composer = () => screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Message' });
const newChat = `/w/${personalId}/chat`;
const openChat = `/w/${personalId}/chat/c1`;

/** A conversation with these messages, the last one being its head. */
const stored = (messages: ReturnType<typeof question>[], changes = {}): StubRoutes => {
  const conversation = conversationOf({ headMessageId: messages.at(-1)?.id ?? null, ...changes });
  return {
    ...base,
    'GET /v1/conversations': listOf([conversation]),
    'GET /v1/conversations/:id': conversation,
    'GET /v1/conversations/:id/messages': { conversation, messages },
  };
};

describe('a new chat', () => {
  it('greets with the bot, hints at a real key, and is ready to write', async () => {
    renderApp(newChat, base);
    expect(await screen.findByRole('heading', { name: 'Ada’s helper', level: 1 })).toBeTruthy();
    expect(screen.getByText('Knows everything about engines.')).toBeTruthy();
    expect((await screen.findByRole('link', { name: 'Add a real key' })).getAttribute('href')).toContain(
      '/settings/models',
    );
    await waitFor(() => expect(document.activeElement?.tagName).toBe('TEXTAREA'));
  });

  it('takes the bot of the address, and lets the reader choose another', async () => {
    const demo = botOf({
      id: 'demo',
      name: 'Parley demo',
      workspaceId: 'system',
      model: { providerId: demoProviderId, name: 'demo' },
    });
    const real = modelOf({ kind: 'anthropic', providerId: 'p', name: 'claude' });
    const { user } = renderApp(`${newChat}?bot=demo`, {
      ...base,
      'GET /v1/bots': listOf([demo, botOf()]),
      'GET /v1/models': listOf([real]),
    });
    expect(await screen.findByRole('heading', { name: 'Parley demo' })).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Add a real key' })).toBeNull();
    await user.click(screen.getByRole('button', { name: /^Bot: Parley demo/ }));
    await user.click(await screen.findByRole('menuitemcheckbox', { name: /Ada’s helper/ }));
    expect(await screen.findByRole('heading', { name: 'Ada’s helper' })).toBeTruthy();
  });

  it('creates the conversation with the first message and streams the answer without losing a word', async () => {
    const log = createRunLog('a1');
    const turn = turnOf('a1', 'Hello there', null);
    const created = conversationOf({ title: null });
    const { user, api, path } = renderApp(newChat, {
      ...base,
      'POST /v1/conversations': created,
      'GET /v1/conversations/:id': created,
      'POST /v1/conversations/:id/messages': turn,
      'GET /v1/runs/:id/events': log.route,
    });
    await screen.findByRole('heading', { name: 'Ada’s helper' });
    await user.type(await composer(), 'Hello there{Enter}');
    expect(await screen.findByText('Hello there')).toBeTruthy();
    await waitFor(() => expect(path()).toBe(openChat));
    expect(api.sent('POST', '/v1/conversations')).toEqual([{ botId: 'b1' }]);
    expect(api.sent('POST', '/v1/conversations/c1/messages')).toEqual([{ text: 'Hello there', parentId: null }]);
    expect(screen.getAllByText('Hello there')).toHaveLength(1);
    log.start();
    log.text('The **first** ');
    log.text('words.');
    expect((await screen.findByText('first')).closest('.md')?.textContent).toBe('The first words.');
    expect(screen.getByText('Ada’s helper is answering')).toBeTruthy();
    const done = answer('a1', turn.message.id, 'The **first** words.', { id: 'r-a1' });
    api.set({
      'GET /v1/conversations/:id/messages': {
        conversation: { ...created, headMessageId: 'a1' },
        messages: [turn.message, done],
      },
    });
    await log.end();
    expect(await screen.findByText('Answer finished')).toBeTruthy();
    expect(await screen.findByText('demo · 1,234 tokens')).toBeTruthy();
    expect((await composer()).value).toBe('');
  });

  it('says what is missing when there is no bot, and when the reader may not write', async () => {
    const first = renderApp(newChat, { ...base, 'GET /v1/bots': listOf([]) });
    expect(await screen.findByText('No bots yet')).toBeTruthy();
    expect((await composer()).disabled).toBe(true);
    first.unmount();
    renderApp(newChat, { ...base, 'GET /v1/me': meOf({}, [workspaceOf({ role: 'viewer' })]) });
    expect(await screen.findByText(/You can read here, but not write/)).toBeTruthy();
  });

  it('can be loaded again when the bots did not come', async () => {
    const { user, api } = renderApp(newChat, { ...base, 'GET /v1/bots': () => problem(403, 'forbidden') });
    expect(await screen.findByText('The bots could not be loaded')).toBeTruthy();
    api.set(base);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'Ada’s helper' })).toBeTruthy();
  });
});

describe('a conversation', () => {
  it('shows the visible branch and its versions', async () => {
    const tree = [question('q1', 'Why?'), answer('a1', 'q1', 'Old reason'), answer('a2', 'q1', 'New reason')];
    const { user } = renderApp(openChat, stored(tree));
    expect(await screen.findByText('New reason')).toBeTruthy();
    expect(screen.queryByText('Old reason')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Previous version' }));
    expect(await screen.findByText('Old reason')).toBeTruthy();
    expect(screen.getByText('1/2')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Next version' }));
    expect(await screen.findByText('New reason')).toBeTruthy();
  });

  it('asks again beside the old answer', async () => {
    const again = turnOf('a9', 'Why?', null);
    const log = createRunLog('a9');
    const { user, api } = renderApp(openChat, {
      ...stored([question('q1', 'Why?'), answer('a1', 'q1', 'Old reason')]),
      'POST /v1/conversations/:id/messages/:messageId/answers': {
        ...again,
        message: question('q1', 'Why?'),
        answer: { ...again.answer, parentId: 'q1' },
      },
      'GET /v1/runs/:id/events': log.route,
    });
    await user.click(await screen.findByRole('button', { name: 'Regenerate' }));
    log.start();
    log.text('A better reason');
    expect(await screen.findByText('A better reason')).toBeTruthy();
    expect(api.sent('POST', '/v1/conversations/c1/messages/q1/answers')).toEqual([{}]);
  });

  it('explains failures and what can be done', async () => {
    const failed = { status: 'failed' as const, stopReason: null };
    const { user, api } = renderApp(openChat, {
      ...stored([
        question('q1', 'one'),
        answer('a1', 'q1', 'Half an', {
          ...failed,
          error: { code: 'upstream_unauthorized', message: 'Add a valid key.', retryable: false },
        }),
        question('q2', 'two', 'a1'),
        answer('a2', 'q2', '', {
          ...failed,
          error: { code: 'upstream_timeout', message: 'It took too long.', retryable: true },
        }),
        question('q3', 'three', 'a2'),
        answer('a3', 'q3', 'Cut', { status: 'interrupted' }),
        question('q4', 'four', 'a3'),
        answer('a4', 'q4', 'Enough', { status: 'stopped' }),
        question('q5', 'five', 'a4'),
        answer('a5', 'q5', 'Very long', { stopReason: 'length' }),
      ]),
      'POST /v1/conversations/:id/messages/:messageId/answers': () => problem(503, 'unavailable', { retryAfter: 60 }),
    });
    expect(await screen.findByText('The answer broke off')).toBeTruthy();
    expect(screen.getByText('Add a valid key. What had arrived is kept.')).toBeTruthy();
    expect(screen.getAllByRole('link', { name: 'Check keys and models' })).toHaveLength(1);
    expect(screen.getByText('No answer came').parentElement?.textContent).toContain('It took too long.');
    expect(screen.getByText(/The server restarted during this answer/)).toBeTruthy();
    expect(screen.getByText('You stopped this answer.')).toBeTruthy();
    expect(screen.getByText(/maximum length/)).toBeTruthy();
    await user.click(screen.getAllByRole('button', { name: 'Try again' })[0] as HTMLElement);
    expect(await screen.findByText(/busy or restarting/)).toBeTruthy();
    expect(api.sent('POST', '/v1/conversations/c1/messages/q1/answers').length).toBeGreaterThan(0);
  });

  it('is explained when it is gone, when its bot is gone, and when it is empty', async () => {
    const gone = renderApp(openChat, {
      ...base,
      'GET /v1/conversations/:id/messages': () => problem(404, 'not_found'),
    });
    expect(await screen.findByText('This conversation could not be opened')).toBeTruthy();
    expect((await composer()).disabled).toBe(true);
    gone.unmount();
    renderApp(openChat, stored([], { bot: null }));
    expect(await screen.findByText(/was deleted or is no longer shared/)).toBeTruthy();
  });

  it('sends again with the same key, and gives the text back', async () => {
    const keys: (string | null)[] = [];
    const { user } = renderApp(openChat, {
      ...stored([question('q1', 'one'), answer('a1', 'q1', 'Yes')]),
      'POST /v1/conversations/:id/messages': ({ headers }) => {
        keys.push(headers.get('idempotency-key'));
        return problem(429, 'rate_limited');
      },
    });
    await screen.findByText('Yes');
    await user.type(await composer(), 'two{Enter}');
    const row = (await screen.findByText(/Not sent\./)).closest('li') as HTMLElement;
    await user.click(within(row).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(keys).toHaveLength(2));
    expect(keys[0]).toBe(keys[1]);
    await user.click(
      await within(await screen.findByText(/Not sent\./).then((text) => text.closest('li') as HTMLElement)).findByRole(
        'button',
        { name: 'Edit message' },
      ),
    );
    expect((await composer()).value).toBe('two');
    expect(screen.queryByText(/Not sent\./)).toBeNull();
  });

  it('queues behind a running answer, sends now on request, and stops on Escape', async () => {
    const log = createRunLog('a1');
    const running = answer('a1', 'q1', '', { status: 'running', endedAt: null });
    const next = turnOf('a2', 'next', 'a1');
    const { user, api } = renderApp(openChat, {
      ...stored([question('q1', 'one'), running]),
      'GET /v1/runs/r-a1/events': log.route,
      'GET /v1/runs/r-a2/events': createRunLog('a2').route,
      'POST /v1/runs/:id/stop': running.run ?? {},
      'POST /v1/conversations/:id/messages': next,
    });
    log.start();
    log.text('Some words');
    await screen.findByText('Some words');
    await user.type(await composer(), 'next{Enter}');
    expect(await screen.findByText('Waits for the answer')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Send now' }));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(api.sent('POST', '/v1/runs/r-a1/stop')).toHaveLength(1));
    expect(api.sent('POST', '/v1/conversations/c1/messages')).toEqual([]);
    await log.end('stopped');
    await waitFor(() =>
      expect(api.sent('POST', '/v1/conversations/c1/messages')).toEqual([{ text: 'next', parentId: 'a1' }]),
    );
    await waitFor(() => expect(screen.queryByText('Waits for the answer')).toBeNull());
  });

  it('goes on by itself after a lost connection, and reads the message when the text is not proven', async () => {
    const log = createRunLog('a1');
    const running = answer('a1', 'q1', '', { status: 'running', endedAt: null });
    const { api } = renderApp(openChat, {
      ...stored([question('q1', 'one'), running]),
      'GET /v1/runs/:id/events': log.route,
    });
    log.start();
    log.text('Before ');
    await screen.findByText(/Before/);
    log.cut();
    log.text('and after');
    expect(await screen.findByText('Before and after', undefined, { timeout: 4000 })).toBeTruthy();
    api.set(stored([question('q1', 'one'), answer('a1', 'q1', 'The true text')]));
    await log.end('completed', 'f'.repeat(64));
    expect(await screen.findByText('The true text')).toBeTruthy();
  });

  it('shows what another tab sent', async () => {
    const before = [question('q1', 'one'), answer('a1', 'q1', 'Yes')];
    const { api } = renderApp(openChat, stored(before));
    await screen.findByText('Yes');
    api.set(
      stored([...before, question('q2', 'from elsewhere', 'a1'), answer('a2', 'q2', 'Indeed')], {
        updatedAt: '2026-11-21T10:00:00.000Z',
      }),
    );
    expect(await screen.findByText('Indeed', undefined, { timeout: 4000 })).toBeTruthy();
  });

  it('shows the thoughts only when asked', async () => {
    const thinking = answer('a1', 'q1', 'Answer');
    thinking.parts.unshift({ type: 'reasoning', text: 'Let me think' });
    const { user } = renderApp(openChat, stored([question('q1', 'one'), thinking]));
    const button = await screen.findByRole('button', { name: 'Thoughts' });
    expect(screen.queryByText('Let me think')).toBeNull();
    await user.click(button);
    expect(await screen.findByText('Let me think')).toBeTruthy();
  });

  it('draws the end of a long conversation, and more on request', async () => {
    const many = Array.from({ length: 120 }, (_, index) =>
      question(`q${index}`, `Line ${index}`, index === 0 ? null : `q${index - 1}`),
    );
    const { user } = renderApp(openChat, stored(many));
    await screen.findByText('Line 119');
    expect(screen.queryByText('Line 79')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Show earlier messages' }));
    expect(await screen.findByText('Line 79')).toBeTruthy();
  });

  it('copies by keyboard', async () => {
    const { user } = renderApp(
      openChat,
      stored([question('q1', 'one'), answer('a1', 'q1', 'Text\n```js\nlet a;\n```')]),
    );
    await screen.findByText('Text');
    await user.keyboard('{Control>}{Shift>};{/Shift}{/Control}');
    await waitFor(async () => expect(await navigator.clipboard.readText()).toBe('let a;'));
    await user.keyboard('{Control>}{Shift>}c{/Shift}{/Control}');
    await waitFor(async () => expect(await navigator.clipboard.readText()).toContain('Text\n```js'));
  });
});

describe('the composer', () => {
  it('keeps its draft, makes lines, waits for compositions, and recalls the last message', async () => {
    const routes = stored([question('q1', 'The last one'), answer('a1', 'q1', 'Yes')]);
    const first = renderApp(openChat, routes);
    await screen.findByText('Yes');
    await first.user.type(await composer(), 'a{Shift>}{Enter}{/Shift}b');
    expect((await composer()).value).toBe('a\nb');
    (await composer()).dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }));
    expect(first.api.sent('POST', '/v1/conversations/c1/messages')).toEqual([]);
    first.unmount();
    const second = renderApp(openChat, routes);
    await screen.findByText('Yes');
    expect((await composer()).value).toBe('a\nb');
    await second.user.clear(await composer());
    await second.user.type(await composer(), '{ArrowUp}');
    expect((await composer()).value).toBe('The last one');
  });

  it('says when a text is too long', async () => {
    localStorage.setItem(`${draftPrefix(meOf().user.id, personalId)}c1`, 'x'.repeat(100_001));
    renderApp(openChat, stored([question('q1', 'one'), answer('a1', 'q1', 'Yes')]));
    expect(await screen.findByText(/Too long to send: 100,001 of 100,000/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Send' }).disabled).toBe(true);
    vi.restoreAllMocks();
  });
});
