import type { Bot, BotInput, BotType, BotTypeDescription, Model, ModelRef } from '@parley/sdk';

export const limits = {
  name: 80,
  description: 500,
  instructions: 20_000,
  temperature: 2,
  maxTokens: 200_000,
  fallbacks: 5,
};

export const botTypes: readonly BotType[] = ['code', 'writer', 'analyst', 'researcher', 'support', 'devops'];

/** What the editor holds: everything as its control shows it. */
export interface BotDraft {
  name: string;
  description: string;
  avatar: string;
  type: BotType;
  instructions: string;
  /** Empty for the workspace's default. */
  model: string;
  /** Keys of the models that answer when that one cannot, in order. */
  fallbacks: string[];
  temperature: number | null;
  maxTokens: string;
  visibility: Bot['visibility'];
}

export const modelKey = (model: ModelRef | null): string => (model === null ? '' : `${model.providerId}/${model.name}`);

const readModelKey = (key: string): ModelRef | null => {
  const slash = key.indexOf('/');
  return slash === -1 ? null : { providerId: key.slice(0, slash), name: key.slice(slash + 1) };
};

/** The model's own name. */
export const nameOfModelKey = (key: string): string => key.slice(key.indexOf('/') + 1);

export const draftOfBot = (bot: Bot): BotDraft => ({
  name: bot.name,
  description: bot.description,
  avatar: bot.avatar,
  type: bot.type,
  instructions: bot.instructions,
  model: modelKey(bot.model),
  fallbacks: bot.fallbacks.map(modelKey),
  temperature: bot.temperature,
  maxTokens: bot.maxTokens === null ? '' : String(bot.maxTokens),
  visibility: bot.visibility,
});

export const draftOfType = (type: BotTypeDescription): BotDraft => ({
  name: '',
  description: '',
  avatar: type.avatar,
  type: type.type,
  instructions: type.instructions,
  model: '',
  fallbacks: [],
  temperature: type.temperature,
  maxTokens: '',
  visibility: 'private',
});

/** Another type brings its own starting values, but never over something that was written by hand. */
export const changeType = (
  draft: BotDraft,
  from: BotTypeDescription | undefined,
  to: BotTypeDescription,
): BotDraft => ({
  ...draft,
  type: to.type,
  avatar: draft.avatar === from?.avatar || draft.avatar === '' ? to.avatar : draft.avatar,
  instructions:
    draft.instructions === from?.instructions || draft.instructions.trim() === ''
      ? to.instructions
      : draft.instructions,
  temperature: draft.temperature === (from?.temperature ?? null) ? to.temperature : draft.temperature,
});

export const inputOfDraft = (draft: BotDraft): BotInput => ({
  name: draft.name.trim(),
  description: draft.description.trim(),
  avatar: draft.avatar.trim(),
  type: draft.type,
  instructions: draft.instructions,
  model: readModelKey(draft.model),
  fallbacks: draft.fallbacks.map(readModelKey).filter((model) => model !== null),
  temperature: draft.temperature,
  maxTokens: draft.maxTokens.trim() === '' ? null : Number(draft.maxTokens),
  visibility: draft.visibility,
});

/** Only what differs, so that two people who change different things do not undo each other. */
export const changesOf = (before: BotDraft, after: BotDraft): Partial<BotInput> => {
  const old = inputOfDraft(before);
  return Object.fromEntries(
    Object.entries(inputOfDraft(after)).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name as keyof BotInput]),
    ),
  );
};

export const isChanged = (before: BotDraft, after: BotDraft): boolean =>
  Object.keys(changesOf(before, after)).length > 0;

const graphemes = (text: string): number =>
  [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length;

export type Fault = 'required' | 'tooLong' | 'oneSymbol' | 'wholeNumber';

/** What is wrong before anything is sent, by field. */
export const faultsOf = (draft: BotDraft): Partial<Record<keyof BotDraft, Fault>> => {
  const faults: Partial<Record<keyof BotDraft, Fault>> = {};
  if (draft.name.trim() === '') faults.name = 'required';
  else if (draft.name.trim().length > limits.name) faults.name = 'tooLong';
  if (draft.description.trim().length > limits.description) faults.description = 'tooLong';
  if (draft.instructions.trim().length > limits.instructions) faults.instructions = 'tooLong';
  if (graphemes(draft.avatar.trim()) !== 1) faults.avatar = 'oneSymbol';
  const maxTokens = draft.maxTokens.trim();
  if (maxTokens !== '' && !(/^\d+$/.test(maxTokens) && Number(maxTokens) >= 1 && Number(maxTokens) <= limits.maxTokens))
    faults.maxTokens = 'wholeNumber';
  return faults;
};

/** The model a bot answers with, as far as this workspace knows it. */
export const modelOfBot = (
  bot: Pick<Bot, 'model'>,
  models: readonly Model[],
): { name: string; isDefault: boolean } | null => {
  if (bot.model !== null) return { name: bot.model.name, isDefault: false };
  const standard = models.find((model) => model.isDefault);
  return standard === undefined ? null : { name: standard.name, isDefault: true };
};
