import { useMutation } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Banner } from './design/banner.tsx';
import { useFormProblems } from './problems.ts';

type Values<Name extends string> = Record<Name, string>;
/** What is wrong with a value, or undefined. */
export type Check<Name extends string = string> = (value: string, values: Values<Name>) => string | undefined;

/** The texts in a form's fields; what is missing is empty. */
export function readForm<Name extends string>(form: HTMLFormElement, names: readonly Name[]): Values<Name> {
  const sent = new FormData(form);
  const textOf = (name: Name) => {
    const value = sent.get(name);
    return typeof value === 'string' ? value : '';
  };
  return Object.fromEntries(names.map((name) => [name, textOf(name)])) as Values<Name>;
}

export interface FormOptions<Name extends string, Result> {
  /** Every field by its path in the request body; null when the server alone judges it. */
  checks: Record<Name, Check<Name> | null>;
  submit: (values: Values<Name>) => Promise<Result>;
  onSuccess?: (result: Result, form: HTMLFormElement) => void | Promise<void>;
}

/** Checks before sending, spreads the server's refusal over the fields, and takes the focus to the first wrong one. */
export function useForm<Name extends string, Result>({ checks, submit, onSuccess }: FormOptions<Name, Result>) {
  const names = Object.keys(checks) as Name[];
  const form = useRef<HTMLFormElement>(null);
  const [local, setLocal] = useState<Partial<Record<Name, string>>>({});
  const mutation = useMutation({
    mutationFn: submit,
    onSuccess: (result) => {
      return form.current ? onSuccess?.(result, form.current) : undefined;
    },
  });
  const problems = useFormProblems(mutation.error, names);

  useEffect(() => {
    if (mutation.error || Object.keys(local).length > 0) {
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    }
  }, [mutation.error, local]);

  function onSubmit(event: SyntheticEvent<HTMLFormElement>): void {
    event.preventDefault();
    event.stopPropagation();
    if (mutation.isPending) return;
    const values = readForm(event.currentTarget, names);
    const wrong: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const message = checks[name]?.(values[name], values);
      if (message) wrong[name] = message;
    }
    setLocal(wrong);
    if (Object.keys(wrong).length === 0) mutation.mutate(values);
    else mutation.reset();
  }

  return {
    /** Spread over the `<form>`. */
    form: { ref: form, onSubmit, noValidate: true },
    /** The message for a field. */
    error: (name: Name): string | undefined => local[name] ?? problems.field(name),
    /** What went wrong apart from the fields. */
    summary: problems.summary,
    failure: mutation.error,
    busy: mutation.isPending,
    done: mutation.isSuccess,
    reset: () => {
      setLocal({});
      mutation.reset();
    },
  };
}

export function FormSummary({ text }: { text: string | null | undefined }) {
  if (!text) return null;
  return (
    <Banner tone="danger" live>
      {text}
    </Banner>
  );
}

/** The checks that forms share, in the user's language. */
export function useChecks() {
  const { t } = useTranslation();
  return useMemo(() => {
    const required = (value: string) => (value.trim() ? undefined : t('check.required'));
    const email = (value: string) => (/^\S+@\S+$/.test(value.trim()) ? undefined : t('check.email'));
    const length = (value: string) =>
      value.length < 12 || value.length > 128 ? t('check.password', { min: 12, max: 128 }) : undefined;
    return {
      required,
      email: (value: string) => required(value) ?? email(value),
      newPassword: (value: string) => required(value) ?? length(value),
    };
  }, [t]);
}
