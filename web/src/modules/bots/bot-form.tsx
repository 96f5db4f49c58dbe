import type { Bot, BotTypeDescription, Model } from '@parley/sdk';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../design/button.tsx';
import { Field } from '../../design/field.tsx';
import { Input } from '../../design/input.tsx';
import { Select } from '../../design/select.tsx';
import { Textarea } from '../../design/textarea.tsx';
import { FormSummary } from '../../form.tsx';
import { useFormat } from '../../format.ts';
import { useFormProblems } from '../../problems.ts';
import { useUser } from '../../session.tsx';
import { AvatarPicker } from './avatar-picker.tsx';
import {
  botTypes,
  changeType,
  faultsOf,
  limits,
  modelKey,
  nameOfModelKey,
  type BotDraft,
  type Fault,
} from './bot-draft.ts';
import { FallbacksField } from './fallbacks-field.tsx';
import { ModelOptions } from './model-options.tsx';
import { TemperatureField } from './temperature-field.tsx';
import { VisibilityField } from './visibility-field.tsx';

/** Where the server finds fault with a field that is more than one value. */
const deeper: Partial<Record<keyof BotDraft, string[]>> = {
  model: ['model.providerId'],
  fallbacks: Array.from({ length: limits.fallbacks }, (_, index) => `fallbacks.${index}.providerId`),
};

const paths = [
  'name',
  'description',
  'avatar',
  'type',
  'instructions',
  'model',
  'fallbacks',
  'temperature',
  'maxTokens',
  'visibility',
  ...Object.values(deeper).flat(),
];

export interface BotFormProps {
  /** Null for a bot that is being made. */
  bot: Bot | null;
  draft: BotDraft;
  types: readonly BotTypeDescription[];
  models: readonly Model[];
  readOnly: boolean;
  failure: unknown;
  /** The buttons at the end. */
  footer: ReactNode;
  onChange: (draft: BotDraft) => void;
  onSubmit: () => void;
}

export function BotForm({ bot, draft, types, models, readOnly, failure, footer, onChange, onSubmit }: BotFormProps) {
  const { t } = useTranslation('bots');
  const format = useFormat();
  const { id: userId, isOperator } = useUser();
  const form = useRef<HTMLFormElement>(null);
  const [faults, setFaults] = useState<Partial<Record<keyof BotDraft, Fault>>>({});
  const problems = useFormProblems(failure, paths);
  const set = <Name extends keyof BotDraft>(name: Name, value: BotDraft[Name]): void => {
    setFaults((known) => ({ ...known, [name]: undefined }));
    onChange({ ...draft, [name]: value });
  };
  const error = (name: keyof BotDraft): string | undefined => {
    const fault = faults[name];
    if (fault === undefined)
      return [name, ...(deeper[name] ?? [])].map(problems.field).find((text) => text !== undefined);
    return fault === 'tooLong'
      ? t('fault.tooLong', { limit: format.number(limits[name as 'name']) })
      : t(`fault.${fault}`, { limit: format.number(limits.maxTokens) });
  };
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [failure, faults]);

  const typeOf = (type: string): BotTypeDescription | undefined => types.find((candidate) => candidate.type === type);
  const startingText = typeOf(draft.type)?.instructions;
  const standard = models.find((model) => model.isDefault);
  const isModelGone =
    draft.model !== '' &&
    !models.some((model) => modelKey({ providerId: model.providerId, name: model.name }) === draft.model);
  const visibilityObstacle = (visibility: Bot['visibility']): string | null => {
    if (visibility === 'public' && !isOperator) return t('visibility.public.operatorOnly');
    if (visibility === 'private' && bot !== null && bot.createdBy !== userId)
      return t('visibility.private.creatorOnly');
    return null;
  };

  return (
    <form
      ref={form}
      noValidate
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        const found = faultsOf(draft);
        setFaults(found);
        if (Object.keys(found).length === 0) onSubmit();
      }}
    >
      <FormSummary text={problems.summary} />
      <AvatarPicker
        name={draft.name}
        value={draft.avatar}
        error={error('avatar')}
        readOnly={readOnly}
        onChange={(avatar) => set('avatar', avatar)}
      />
      <Field label={t('form.name')} required error={error('name')}>
        <Input
          name="name"
          value={draft.name}
          readOnly={readOnly}
          autoComplete="off"
          onChange={(event) => set('name', event.target.value)}
        />
      </Field>
      <Field
        label={t('form.description')}
        note={t('optional')}
        hint={t('form.descriptionHint')}
        error={error('description')}
      >
        <Textarea
          name="description"
          rows={2}
          value={draft.description}
          readOnly={readOnly}
          onChange={(event) => set('description', event.target.value)}
        />
      </Field>
      <Field label={t('form.type')} hint={t(`types.${draft.type}.description`)} error={error('type')}>
        <Select
          name="type"
          value={draft.type}
          disabled={readOnly}
          onChange={(event) => {
            const to = typeOf(event.target.value);
            if (to !== undefined) onChange(changeType(draft, typeOf(draft.type), to));
          }}
        >
          {botTypes.map((type) => (
            <option key={type} value={type}>
              {t(`types.${type}.name`)}
            </option>
          ))}
        </Select>
      </Field>
      {readOnly && draft.instructions === '' ? (
        <p className="text-soft">{t('form.instructionsHidden')}</p>
      ) : (
        <div className="flex flex-col gap-2">
          <Field
            label={t('form.instructions')}
            hint={t('form.instructionsHint', {
              used: format.number(draft.instructions.length),
              limit: format.number(limits.instructions),
            })}
            error={error('instructions')}
          >
            <Textarea
              name="instructions"
              rows={14}
              value={draft.instructions}
              readOnly={readOnly}
              className="min-h-48 font-mono !leading-6"
              onChange={(event) => set('instructions', event.target.value)}
            />
          </Field>
          {!readOnly && startingText !== undefined && startingText !== draft.instructions && (
            <Button size="sm" variant="ghost" className="self-start" onClick={() => set('instructions', startingText)}>
              {t('form.useStartingText', { type: t(`types.${draft.type}.name`) })}
            </Button>
          )}
        </div>
      )}
      <Field label={t('form.model')} hint={t('form.modelHint')} error={error('model')}>
        <Select
          name="model"
          value={draft.model}
          disabled={readOnly}
          onChange={(event) => set('model', event.target.value)}
        >
          <option value="">
            {standard === undefined ? t('form.modelDefault') : t('form.modelDefaultIs', { name: standard.name })}
          </option>
          {isModelGone && (
            <option value={draft.model}>{t('form.modelGone', { name: nameOfModelKey(draft.model) })}</option>
          )}
          <ModelOptions models={models} />
        </Select>
      </Field>
      <FallbacksField
        value={draft.fallbacks}
        models={models}
        error={error('fallbacks')}
        readOnly={readOnly}
        onChange={(value) => set('fallbacks', value)}
      />
      <TemperatureField
        value={draft.temperature}
        error={error('temperature')}
        readOnly={readOnly}
        onChange={(value) => set('temperature', value)}
      />
      <Field label={t('form.maxTokens')} note={t('optional')} hint={t('form.maxTokensHint')} error={error('maxTokens')}>
        <Input
          name="maxTokens"
          inputMode="numeric"
          value={draft.maxTokens}
          readOnly={readOnly}
          className="max-w-40"
          onChange={(event) => set('maxTokens', event.target.value)}
        />
      </Field>
      <VisibilityField
        value={draft.visibility}
        error={error('visibility')}
        readOnly={readOnly}
        obstacle={visibilityObstacle}
        onChange={(value) => set('visibility', value)}
      />
      {footer}
    </form>
  );
}
