import type { Message } from '@parley/sdk';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../../design/avatar.tsx';
import { Answer } from './answer.tsx';
import { textOfParts } from './answer-state.ts';
import { CopyButton } from './copy-button.tsx';
import { SiblingNav } from './sibling-nav.tsx';

export interface RowProps {
  message: Message;
  /** Sibling ids joined by a space, so that an unchanged row is seen to be unchanged. */
  siblings: string;
  botName: string;
  botAvatar: string;
  canAsk: boolean;
  isLast: boolean;
  onChoose: (message: Message, siblingId: string) => void;
  onAsk: (request: AskRequest) => void;
}

/** A wish for one more answer to the question of an answer: anew, or going on from its text. */
export interface AskRequest {
  kind: 'again' | 'continue';
  answer: Message;
  /** How many answers the question has, as far as this tab knows. */
  versions: number;
}

export const MessageRow = memo(function MessageRow(props: RowProps) {
  const { message, siblings, botName, botAvatar, onChoose } = props;
  const { t } = useTranslation('chat');
  const versions = siblings.split(' ').length;
  const nav = (
    <SiblingNav siblings={siblings.split(' ')} current={message.id} onChoose={(id) => onChoose(message, id)} />
  );
  if (message.role === 'user') {
    const text = textOfParts(message.parts);
    return (
      <li data-message={message.id} className="group/row -mb-3 flex flex-col items-end gap-1">
        <h2 className="sr-only">{t('you')}</h2>
        <QuestionBubble text={text} />
        <div className="flex min-h-7 items-center gap-0.5 transition-opacity md:opacity-0 md:group-focus-within/row:opacity-100 md:group-hover/row:opacity-100">
          {nav}
          <CopyButton text={text} label={t('copyQuestion')} />
        </div>
      </li>
    );
  }
  return (
    <li data-message={message.id} className="group/row flex gap-3 max-md:flex-col max-md:gap-1.5">
      <Avatar name={botName} emoji={botAvatar} className="mt-0.5 max-md:size-6 max-md:text-xs" />
      <div className="min-w-0 flex-1">
        <h2 className="sr-only">{botName}</h2>
        <Answer
          message={message}
          nav={nav}
          canAsk={props.canAsk}
          isLast={props.isLast}
          onAskAgain={() => props.onAsk({ kind: 'again', answer: message, versions })}
          onContinue={() => props.onAsk({ kind: 'continue', answer: message, versions })}
        />
      </div>
    </li>
  );
});

/** What people write is shown as they wrote it. */
export function QuestionBubble({ text, isPending }: { text: string; isPending?: boolean }) {
  return (
    <div
      dir="auto"
      className={`max-w-[85%] rounded-2xl bg-hover px-4 py-2.5 text-[0.9375rem] leading-6 [overflow-wrap:anywhere] whitespace-pre-wrap ${isPending ? 'opacity-75' : ''}`}
    >
      {text}
    </div>
  );
}
