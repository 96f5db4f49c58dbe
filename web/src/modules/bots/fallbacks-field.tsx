import type { Model } from '@parley/sdk';
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../design/button.tsx';
import { Field } from '../../design/field.tsx';
import { IconButton } from '../../design/icon-button.tsx';
import { Select } from '../../design/select.tsx';
import { limits, modelKey, nameOfModelKey } from './bot-draft.ts';
import { ModelOptions } from './model-options.tsx';

export interface FallbacksFieldProps {
  /** Keys of models, in the order in which they are asked. */
  value: readonly string[];
  models: readonly Model[];
  error: string | undefined;
  readOnly: boolean;
  onChange: (value: string[]) => void;
}

/** A list of models to keep in order: each can be moved and taken out, and one can be added at its end. */
export function FallbacksField({ value, models, error, readOnly, onChange }: FallbacksFieldProps) {
  const { t } = useTranslation('bots');
  const id = useId();
  const list = useRef<HTMLOListElement>(null);
  const adding = useRef<HTMLSelectElement>(null);
  const [chosen, setChosen] = useState('');
  const [news, setNews] = useState('');
  // A row that moves or goes takes the focus with it: it belongs where the person was working.
  const [focus, setFocus] = useState<{ key: string | null; action: string } | null>(null);
  useEffect(() => {
    if (focus === null) return;
    const row = [...(list.current?.children ?? [])].find((item) => (item as HTMLElement).dataset.model === focus.key);
    const button = row?.querySelector<HTMLElement>(`[data-action="${focus.action}"]:not(:disabled)`);
    (button ?? row?.querySelector<HTMLElement>('button:not(:disabled)') ?? adding.current)?.focus();
    setFocus(null);
  }, [focus]);

  const known = new Map(models.map((model) => [modelKey(model), model]));
  const nameOf = (key: string): string =>
    known.has(key) ? nameOfModelKey(key) : t('form.modelGone', { name: nameOfModelKey(key) });
  const free = models.filter((model) => !value.includes(modelKey(model)));
  const isFull = value.length >= limits.fallbacks;

  const move = (index: number, by: 1 | -1): void => {
    const next = [...value];
    const [key] = next.splice(index, 1) as [string];
    next.splice(index + by, 0, key);
    onChange(next);
    setNews(t('form.fallbackMoved', { name: nameOf(key), place: index + by + 1, count: value.length }));
    setFocus({ key, action: by === 1 ? 'down' : 'up' });
  };
  const remove = (index: number): void => {
    const next = value.filter((_, place) => place !== index);
    onChange(next);
    setNews(t('form.fallbackRemoved', { name: nameOf(value[index]!) }));
    setFocus({ key: next[Math.min(index, next.length - 1)] ?? null, action: 'remove' });
  };
  const add = (): void => {
    if (chosen === '') return;
    onChange([...value, chosen]);
    setNews(t('form.fallbackAdded', { name: nameOf(chosen) }));
    setChosen('');
  };

  return (
    <fieldset aria-describedby={`${id}-hint`} className="flex flex-col gap-2">
      <legend className="mb-1.5 text-[0.8125rem] font-medium">
        {t('form.fallbacks')}
        <span className="ms-1.5 font-normal text-faint">{t('optional')}</span>
      </legend>
      {value.length > 0 && (
        <ol ref={list} className="flex flex-col gap-1.5">
          {value.map((key, index) => (
            <li
              key={key}
              data-model={key}
              className="flex items-center gap-1 rounded-lg border border-line bg-raised py-1 ps-3 pe-1"
            >
              <span className="min-w-0 flex-1 truncate">
                <span className="me-2 text-soft tabular-nums">{index + 1}.</span>
                {nameOf(key)}
                <span className="ms-2 text-[0.8125rem] text-soft">{known.get(key)?.providerName}</span>
              </span>
              {!readOnly && (
                <>
                  <IconButton
                    size="sm"
                    data-action="up"
                    label={t('form.fallbackUp', { name: nameOf(key) })}
                    disabled={index === 0}
                    onClick={() => move(index, -1)}
                  >
                    <ArrowUp aria-hidden="true" />
                  </IconButton>
                  <IconButton
                    size="sm"
                    data-action="down"
                    label={t('form.fallbackDown', { name: nameOf(key) })}
                    disabled={index === value.length - 1}
                    onClick={() => move(index, 1)}
                  >
                    <ArrowDown aria-hidden="true" />
                  </IconButton>
                  <IconButton
                    size="sm"
                    data-action="remove"
                    label={t('form.fallbackRemove', { name: nameOf(key) })}
                    onClick={() => remove(index)}
                  >
                    <X aria-hidden="true" />
                  </IconButton>
                </>
              )}
            </li>
          ))}
        </ol>
      )}
      {!readOnly && !isFull && (
        <div className="flex items-end gap-2">
          <Field label={t('form.fallbackAdd')} hideLabel error={error} className="min-w-0 flex-1">
            <Select ref={adding} value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value="">{t('form.fallbackChoose')}</option>
              <ModelOptions models={free} />
            </Select>
          </Field>
          <Button disabled={chosen === ''} onClick={add}>
            <Plus aria-hidden="true" className="size-4" />
            {t('form.fallbackAddButton')}
          </Button>
        </div>
      )}
      {(readOnly || isFull) && error !== undefined && <p className="text-[0.8125rem] text-danger-ink">{error}</p>}
      <p id={`${id}-hint`} className="text-[0.8125rem] text-faint">
        {isFull ? t('form.fallbacksFull', { limit: limits.fallbacks }) : t('form.fallbacksHint')}
      </p>
      <p role="status" className="sr-only">
        {news}
      </p>
    </fieldset>
  );
}
