import type { Message } from '@parley/sdk';
import { useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../design/button.tsx';
import type { BranchEntry } from './branch.ts';
import { MessageRow, type AskRequest } from './message-row.tsx';

const step = 40;

export interface MessageListProps {
  entries: readonly BranchEntry[];
  bot: { name: string; avatar: string };
  canAsk: boolean;
  area: RefObject<HTMLElement | null>;
  onChoose: (message: Message, siblingId: string) => void;
  onAsk: (request: AskRequest) => void;
}

/** Only the end of a long conversation is drawn; going up draws more, and what is being read stays in place. */
export function MessageList({ entries, bot, canAsk, area, onChoose, onAsk }: MessageListProps) {
  const { t } = useTranslation('chat');
  const [extra, setExtra] = useState(0);
  const heightBefore = useRef<number | null>(null);
  const top = useRef<HTMLLIElement>(null);
  const first = Math.max(0, entries.length - step - extra);
  const hasEarlier = first > 0;

  const showEarlier = (): void => {
    heightBefore.current = area.current?.scrollHeight ?? null;
    setExtra((known) => known + step);
  };
  useLayoutEffect(() => {
    const element = area.current;
    if (element !== null && heightBefore.current !== null)
      element.scrollTop += element.scrollHeight - heightBefore.current;
    heightBefore.current = null;
  }, [extra, area]);
  useLayoutEffect(() => {
    if (!hasEarlier || top.current === null || typeof IntersectionObserver === 'undefined') return undefined;
    const observer = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && showEarlier(), {
      root: area.current,
    });
    observer.observe(top.current);
    return () => observer.disconnect();
  });

  return (
    <>
      {hasEarlier && (
        <li ref={top} className="flex justify-center">
          <Button size="sm" variant="ghost" onClick={showEarlier}>
            {t('earlier')}
          </Button>
        </li>
      )}
      {entries.slice(first).map(({ message, siblings }, index) => (
        <MessageRow
          key={message.id}
          message={message}
          siblings={siblings.join(' ')}
          botName={bot.name}
          botAvatar={bot.avatar}
          canAsk={canAsk}
          isLast={first + index === entries.length - 1}
          onChoose={onChoose}
          onAsk={onAsk}
        />
      ))}
    </>
  );
}
