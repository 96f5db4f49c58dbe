import { useEffect, useState, type ReactNode } from 'react';

/** Shows its children only when they are still wanted after a while: short troubles pass unseen. */
export function Delayed({ ms, children }: { ms: number; children: ReactNode }) {
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsShown(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return isShown ? children : null;
}
