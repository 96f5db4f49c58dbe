import { act, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { StubRoutes } from '../../testing/api-stub.ts';
import { listOf, personalId } from '../../testing/fixtures.ts';
import { renderApp } from '../../testing/render.tsx';
import { Delayed } from './delayed.tsx';
import { answer, botOf, conversationOf, createRunLog, modelOf, question, turnOf } from './testing/chat-fixtures.ts';

const openChat = `/w/${personalId}/chat/c1`;

const stored = (...messages: ReturnType<typeof question>[]): StubRoutes => {
  const conversation = conversationOf({ headMessageId: messages.at(-1)?.id ?? null });
  return {
    'GET /v1/bots': listOf([botOf()]),
    'GET /v1/models': listOf([modelOf()]),
    'GET /v1/conversations': listOf([conversation]),
    'GET /v1/conversations/:id': conversation,
    'GET /v1/conversations/:id/messages': { conversation, messages },
  };
};
const running = () => answer('a1', 'q1', '', { status: 'running', endedAt: null });
const again = 'POST /v1/conversations/:id/messages/:messageId/answers';

describe('an answer that did not come to its end', () => {
  it.each(['interrupted', 'failed', 'stopped'] as const)(
    'can be continued when it is %s and has text',
    async (status) => {
      const log = createRunLog('a9');
      const turn = turnOf('a9', 'Why?', null);
      const keys: (string | null)[] = [];
      const { user, api } = renderApp(openChat, {
        ...stored(question('q1', 'Why?'), answer('a1', 'q1', 'Because', { status })),
        [again]: ({ headers }) => {
          keys.push(headers.get('idempotency-key'));
          return { ...turn, message: question('q1', 'Why?'), answer: { ...turn.answer, parentId: 'q1' } };
        },
        'GET /v1/runs/:id/events': log.route,
      });
      await user.dblClick(await screen.findByRole('button', { name: 'Continue from here' }));
      log.start();
      log.text('Because it is.');
      expect(await screen.findByText('Because it is.')).toBeTruthy();
      const sent = api.sent('POST', '/v1/conversations/c1/messages/q1/answers');
      expect(sent[0]).toEqual({ continueFrom: 'a1' });
      // A second click says the same with the same key: it cannot make another answer.
      expect(new Set(keys)).toEqual(new Set(['continue.a1.1']));
    },
  );

  it('cannot be continued when there is nothing of it', async () => {
    renderApp(openChat, stored(question('q1', 'Why?'), answer('a1', 'q1', '', { status: 'interrupted' })));
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Continue from here' })).toBeNull();
  });

  it('can be continued when it reached its maximum length', async () => {
    renderApp(openChat, stored(question('q1', 'Why?'), answer('a1', 'q1', 'Long', { stopReason: 'length' })));
    expect(await screen.findByRole('button', { name: 'Continue from here' })).toBeTruthy();
  });
});

describe('while no answer comes', () => {
  it('says calmly what the server does, until the first word', async () => {
    const log = createRunLog('a1');
    renderApp(openChat, { ...stored(question('q1', 'one'), running()), 'GET /v1/runs/:id/events': log.route });
    log.start();
    const from = { provider: 'P', name: 'big' };
    const notice = { message: '', attempt: 1, code: 'upstream_overloaded', called: true, from };
    log.push('notice', { ...notice, kind: 'retry', waitMs: 2100, to: from });
    const line = await screen.findByText('The model is overloaded. Trying again in 3 seconds.');
    expect(line.getAttribute('role')).toBe('status');
    log.push('notice', { ...notice, kind: 'fallback', code: 'odd', waitMs: 0, to: { provider: 'Q', name: 'small' } });
    expect(await screen.findByText('The model did not answer. Switched to small.')).toBeTruthy();
    log.push('notice', { kind: 'waiting', message: '', attempt: 2 });
    expect(await screen.findByText(/yours is in line/)).toBeTruthy();
    log.text('Words');
    await screen.findByText('Words');
    expect(screen.queryByText(/yours is in line/)).toBeNull();
  });

  it('mentions a lost connection after two seconds, not earlier', async () => {
    vi.useFakeTimers();
    try {
      render(<Delayed ms={2000}>Reconnecting</Delayed>);
      await act(() => vi.advanceTimersByTimeAsync(1900));
      expect(screen.queryByText('Reconnecting')).toBeNull();
      await act(() => vi.advanceTimersByTimeAsync(200));
      expect(screen.getByText('Reconnecting')).toBeTruthy();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the receipt', () => {
  const attempt = {
    providerId: 'p1',
    providerName: 'P',
    model: 'big',
    called: true,
    code: 'upstream_timeout',
    startedAt: '2026-11-20T09:00:00.000Z',
    firstTokenMs: null,
    durationMs: 1500,
    usage: null,
  };
  const usage = { inputTokens: 1200, outputTokens: 34, cacheReadTokens: 900, cacheWriteTokens: 0 };

  it('has what it took, and every attempt', async () => {
    const run = {
      model: { provider: 'P', name: 'small' },
      usage,
      startedAt: '2026-11-20T09:00:00.000Z',
      endedAt: '2026-11-20T09:00:04.500Z',
      attempts: [
        attempt,
        { ...attempt, model: 'gone', called: false, code: 'model_gone', durationMs: 0 },
        { ...attempt, model: 'small', code: null, firstTokenMs: 250 },
      ],
    };
    const { user } = renderApp(openChat, stored(question('q1', 'one'), answer('a1', 'q1', 'Yes', run)));
    await user.click(await screen.findByRole('button', { name: 'small, 34 tokens. Details of this answer' }));
    const details = within(await screen.findByRole('dialog', { name: 'Details of this answer' }));
    const rows = details.getAllByRole('term').map((term) => `${term.textContent}: ${term.nextSibling?.textContent}`);
    expect(rows).toEqual([
      'Model: small',
      'Provider: P',
      'Tokens read: 1,200',
      '… from the cache: 900',
      'Tokens written: 34',
      'First word after: 250 ms',
      'Time in all: 4.5 sec',
    ]);
    expect(details.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
      'big1.5 secThe model took too long.',
      'gonenot askedThe model did not answer.',
      'small1.5 secAnswered',
    ]);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('says when what had arrived was not the server’s text', async () => {
    const log = createRunLog('a1');
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { user, api } = renderApp(openChat, {
      ...stored(question('q1', 'one'), running()),
      'GET /v1/runs/:id/events': log.route,
    });
    log.start();
    log.text('Damaged');
    await screen.findByText('Damaged');
    api.set(stored(question('q1', 'one'), answer('a1', 'q1', 'The true text')));
    const reads = () => api.requests.filter(({ path }) => path.endsWith('/messages')).length;
    const before = reads();
    await log.end('completed', 'f'.repeat(64));
    expect(await screen.findByText('The true text')).toBeTruthy();
    expect(reads() - before).toBe(1);
    expect(complaint).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('r-a1'));
    await user.click(screen.getByRole('button', { name: /Details of this answer/ }));
    expect(await screen.findByText(/read again from the server/)).toBeTruthy();
    complaint.mockRestore();
  });
});
