import { useTranslation } from 'react-i18next';
import { useToast } from '../../design/toast.tsx';
import { useShortcut } from '../../shell/shortcuts.ts';
import { answerState } from './answer-state.ts';
import type { Branch } from './branch.ts';
import { useChatEngine } from './chat-engine.ts';
import { lastCodeOf } from './last-code.ts';
import { copyText } from './use-copy.ts';

export const useChatShortcuts = (options: { branch: Branch; isAnswering: boolean; onStop: () => void }): void => {
  const { t } = useTranslation('chat');
  const toast = useToast();
  const { liveRuns } = useChatEngine();

  /** Answers of the visible branch, the last one first. */
  const answers = (): string[] =>
    options.branch.entries
      .filter(({ message }) => message.role === 'assistant')
      .map(({ message }) => answerState(message, message.run === null ? undefined : liveRuns.get(message.run.id)).text)
      .filter((text) => text !== '')
      .reverse();

  const copy = (text: string | undefined, done: string, nothing: string): void => {
    if (text === undefined) return toast.show(nothing);
    void copyText(text).then((isDone) => (isDone ? toast.show(done) : toast.fail(t('shortcut.copyFailed'))));
  };

  useShortcut({ keys: 'mod+shift+c', label: t('shortcut.copyAnswer') }, () =>
    copy(answers()[0], t('shortcut.answerCopied'), t('shortcut.noAnswer')),
  );
  useShortcut({ keys: 'mod+shift+;', label: t('shortcut.copyCode') }, () => {
    const code = answers()
      .map(lastCodeOf)
      .find((found) => found !== null);
    copy(code ?? undefined, t('shortcut.codeCopied'), t('shortcut.noCode'));
  });
  useShortcut({ keys: 'escape', label: t('shortcut.stop'), whileTyping: true }, options.onStop, options.isAnswering);
};
