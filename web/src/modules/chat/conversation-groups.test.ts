import type { Conversation } from '@parley/sdk';
import { describe, expect, it } from 'vitest';
import { groupConversations, monthLabel } from './conversation-groups.ts';

const at = (id: string, year: number, month: number, day: number, hour = 12): Conversation => ({
  id,
  title: id,
  bot: null,
  headMessageId: null,
  createdAt: '',
  updatedAt: new Date(year, month - 1, day, hour).toISOString(),
});

describe('groupConversations', () => {
  const now = new Date(2026, 10, 21, 0, 30);
  it('groups by the local day, then by month', () => {
    const groups = groupConversations(
      [
        at('old', 2025, 12, 31),
        at('october', 2026, 10, 30),
        at('week', 2026, 11, 14),
        at('yesterday', 2026, 11, 20, 23),
        at('today', 2026, 11, 21, 0),
        at('older today', 2026, 11, 21, -0),
        at('november', 2026, 11, 13),
      ],
      now,
    );
    expect(groups.map((group) => group.key)).toEqual(['today', 'yesterday', 'week', '2026-11', '2026-10', '2025-12']);
    expect(groups[0]?.conversations).toHaveLength(2);
  });

  it('names months in the language of the reader', () => {
    expect(monthLabel('2026-10', now, 'de')).toBe('Oktober');
    expect(monthLabel('2025-12', now, 'en')).toBe('December 2025');
  });

  it('takes a clock that runs behind for today', () => {
    expect(groupConversations([at('future', 2026, 11, 22)], now)[0]?.key).toBe('today');
  });
});
