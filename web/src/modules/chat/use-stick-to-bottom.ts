import { useCallback, useEffect, useRef, useState } from 'react';

const near = 48;

/** Keeps a scroll area at its end while its content grows, until the reader scrolls up. */
export const useStickToBottom = (resetKey: string) => {
  const area = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isStuck = useRef(true);
  const lastTop = useRef(0);
  const [isAway, setIsAway] = useState(false);

  const jump = useCallback((behavior: ScrollBehavior = 'instant') => {
    isStuck.current = true;
    setIsAway(false);
    const element = area.current;
    element?.scrollTo({ top: element.scrollHeight, behavior });
  }, []);

  const onScroll = useCallback(() => {
    const element = area.current;
    if (element === null) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Growing content increases the distance without moving the top: only a move upwards is the reader's.
    if (distance <= near) isStuck.current = true;
    else if (element.scrollTop < lastTop.current - 1) isStuck.current = false;
    lastTop.current = element.scrollTop;
    setIsAway(!isStuck.current && distance > near);
  }, []);

  useEffect(() => {
    jump();
    const element = area.current;
    const inner = content.current;
    if (element === null || inner === null || typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(() => {
      if (isStuck.current) element.scrollTop = element.scrollHeight;
      else onScroll();
    });
    observer.observe(inner);
    observer.observe(element);
    return () => observer.disconnect();
  }, [resetKey, jump, onScroll]);

  return { area, content, isAway, jump, onScroll };
};
