import { describe, expect, it } from 'vitest';
import { botOf, modelOf } from '../chat/testing/chat-fixtures.ts';
import {
  changesOf,
  changeType,
  draftOfBot,
  draftOfType,
  faultsOf,
  inputOfDraft,
  isChanged,
  modelOfBot,
} from './bot-draft.ts';

const code = {
  type: 'code' as const,
  name: 'Code',
  description: '',
  avatar: '💻',
  instructions: 'Write code.',
  temperature: 0.2,
};
const writer = {
  type: 'writer' as const,
  name: 'Writer',
  description: '',
  avatar: '✍️',
  instructions: 'Write.',
  temperature: 0.8,
};

describe('bot drafts', () => {
  it('come back as they were, and name only what changed', () => {
    const draft = draftOfBot(botOf({ model: { providerId: 'p', name: 'org/model' }, maxTokens: 500 }));
    expect(inputOfDraft(draft)).toMatchObject({ model: { providerId: 'p', name: 'org/model' }, maxTokens: 500 });
    expect(isChanged(draft, { ...draft, name: `${draft.name} ` })).toBe(false);
    expect(changesOf(draft, { ...draft, model: '', maxTokens: '' })).toEqual({ model: null, maxTokens: null });
  });

  it('take the starting values of another type, but keep what was written', () => {
    const draft = draftOfType(code);
    expect(changeType(draft, code, writer)).toMatchObject({
      type: 'writer',
      avatar: '✍️',
      instructions: 'Write.',
      temperature: 0.8,
    });
    const own = { ...draft, avatar: '🦊', instructions: 'Mine', temperature: null };
    expect(changeType(own, code, writer)).toEqual({ ...own, type: 'writer' });
    expect(changeType({ ...own, instructions: ' ', avatar: '' }, undefined, writer)).toMatchObject({
      instructions: 'Write.',
      avatar: '✍️',
    });
  });

  it('are checked before they are sent', () => {
    const good = { ...draftOfType(code), name: 'N', avatar: '👩‍💻' };
    expect(faultsOf(good)).toEqual({});
    expect(
      faultsOf({
        ...good,
        name: ' ',
        avatar: 'ab',
        description: 'x'.repeat(501),
        instructions: 'x'.repeat(20_001),
        maxTokens: '1.5',
      }),
    ).toEqual({
      name: 'required',
      avatar: 'oneSymbol',
      description: 'tooLong',
      instructions: 'tooLong',
      maxTokens: 'wholeNumber',
    });
    expect(faultsOf({ ...good, name: 'x'.repeat(81), maxTokens: '0' })).toEqual({
      name: 'tooLong',
      maxTokens: 'wholeNumber',
    });
  });

  it('know the model that answers', () => {
    expect(modelOfBot(botOf({ model: { providerId: 'p', name: 'm' } }), [])).toEqual({ name: 'm', isDefault: false });
    expect(modelOfBot(botOf(), [modelOf()])).toEqual({ name: 'demo', isDefault: true });
    expect(modelOfBot(botOf(), [])).toBeNull();
  });
});
