import { ArrowUp, Square } from 'lucide-react';
import {
  useCallback,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
  type KeyboardEvent,
  type Ref,
} from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../design/icon-button.tsx';
import { useFormat } from '../../format.ts';
import type { Drafts } from './drafts.ts';

export const longestText = 100_000;
const warnFrom = 90_000;

/** Text put in front of what is being written. */
export const joinTexts = (given: string, draft: string): string =>
  draft.trim() === '' ? given : `${given}\n\n${draft}`;

export interface ComposerHandle {
  focus: () => void;
  /** Puts text back, in front of what is being written. */
  insert: (text: string) => void;
}

export interface ComposerProps {
  /** Whose draft this is. */
  place: string;
  drafts: Drafts;
  placeholder: string;
  /** Why nothing can be sent, or null. */
  obstacle: string | null;
  isAnswering: boolean;
  lastOwnText: string | null;
  onSend: (text: string) => void;
  onStop: () => void;
  handle?: Ref<ComposerHandle>;
}

export function Composer(props: ComposerProps) {
  const { place, drafts, obstacle, isAnswering, lastOwnText, onSend, onStop } = props;
  const { t } = useTranslation('chat');
  const format = useFormat();
  const noteId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const watch = useCallback((listener: () => void) => drafts.watch(place, listener), [drafts, place]);
  const text = useSyncExternalStore(watch, () => drafts.read(place));
  const write = (next: string): void => drafts.write(place, next);

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  useEffect(() => {
    // On a phone the keyboard would cover the conversation that was just opened.
    if (window.matchMedia('(pointer: coarse)').matches) return;
    field.current?.focus({ preventScroll: true });
  }, [place]);

  useImperativeHandle(props.handle, () => ({
    focus: () => field.current?.focus(),
    insert: (given) => {
      write(joinTexts(given, drafts.read(place)));
      field.current?.focus();
    },
  }));

  const isTooLong = text.length > longestText;
  const canSend = obstacle === null && !isTooLong && text.trim() !== '';
  const send = (): void => {
    if (!canSend) return;
    write('');
    onSend(text.trim());
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // 229 is what Safari reports for the Enter that ends a composition; it has no other sign.
    // oxlint-disable-next-line typescript/no-deprecated
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && text === '' && lastOwnText !== null) {
      event.preventDefault();
      write(lastOwnText);
      const end = lastOwnText.length;
      requestAnimationFrame(() => field.current?.setSelectionRange(end, end));
    }
  };

  const note =
    obstacle ??
    (text.length >= warnFrom
      ? t(isTooLong ? 'composer.tooLong' : 'composer.nearLimit', {
          used: format.number(text.length),
          limit: format.number(longestText),
        })
      : null);
  const sendLabel = isAnswering ? t('composer.queue') : t('composer.send');

  return (
    <form
      className="relative mx-auto w-full max-w-3xl px-4 pt-1 pb-[max(0.75rem,env(safe-area-inset-bottom))] max-md:px-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {note !== null && (
        <p id={noteId} className={`px-2 pb-1.5 text-[0.8125rem] ${isTooLong ? 'text-danger-ink' : 'text-soft'}`}>
          {note}
        </p>
      )}
      <div
        className="flex items-end gap-1.5 rounded-2xl border border-line-strong bg-raised p-1.5 ps-3.5 shadow-[0_1px_3px_rgb(0_0_0/0.06)] focus-within:border-accent focus-within:ring-1 focus-within:ring-accent"
        onClick={(event) => event.target === event.currentTarget && field.current?.focus()}
      >
        <textarea
          ref={field}
          rows={1}
          value={text}
          disabled={obstacle !== null}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          aria-label={t('composer.label')}
          aria-describedby={note === null ? undefined : noteId}
          aria-invalid={isTooLong || undefined}
          placeholder={props.placeholder}
          enterKeyHint="send"
          autoComplete="off"
          dir="auto"
          className="max-h-[40dvh] min-h-9 flex-1 resize-none overflow-y-auto bg-transparent py-1.5 text-[0.9375rem] leading-6 outline-none disabled:cursor-not-allowed max-md:text-base"
        />
        {isAnswering && (
          <IconButton label={t('composer.stop')} variant={text === '' ? 'solid' : 'outline'} onClick={onStop}>
            <Square aria-hidden="true" fill="currentColor" className="!size-3.5" />
          </IconButton>
        )}
        {(!isAnswering || text !== '') && (
          <IconButton type="submit" label={sendLabel} variant="solid" disabled={!canSend}>
            <ArrowUp aria-hidden="true" />
          </IconButton>
        )}
      </div>
    </form>
  );
}
