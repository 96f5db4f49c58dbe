import {
  cloneElement,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type HTMLAttributes,
  type ReactElement,
  type ReactNode,
} from 'react';
import { createPortal } from 'react-dom';

export type Side = 'top' | 'right' | 'bottom' | 'left';

const opposite: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' };
const gap = 6;
const edge = 8;

function place(anchor: DOMRect, tip: DOMRect, side: Side): { left: number; top: number } {
  const middleX = anchor.left + (anchor.width - tip.width) / 2;
  const middleY = anchor.top + (anchor.height - tip.height) / 2;
  if (side === 'top') return { left: middleX, top: anchor.top - tip.height - gap };
  if (side === 'bottom') return { left: middleX, top: anchor.bottom + gap };
  if (side === 'left') return { left: anchor.left - tip.width - gap, top: middleY };
  return { left: anchor.right + gap, top: middleY };
}

/** Beside the anchor on the wanted side, on the other one where it would not fit, and never off the screen. */
function placeInView(anchor: DOMRect, tip: DOMRect, side: Side): { left: number; top: number } {
  const fits = ({ left, top }: { left: number; top: number }) =>
    left >= 0 && top >= 0 && left + tip.width <= window.innerWidth && top + tip.height <= window.innerHeight;
  const wanted = place(anchor, tip, side);
  const { left, top } = fits(wanted) ? wanted : place(anchor, tip, opposite[side]);
  return {
    left: Math.max(edge, Math.min(left, window.innerWidth - tip.width - edge)),
    top: Math.max(edge, Math.min(top, window.innerHeight - tip.height - edge)),
  };
}

export interface TooltipProps {
  content: ReactNode;
  side?: Side;
  /** Must be focusable and carry its own accessible name; the tip is for eyes only. */
  children: ReactElement<HTMLAttributes<HTMLElement>>;
}

export function Tooltip({ content, side = 'top', children }: TooltipProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const own = children.props;

  function later(delay: number, next: HTMLElement | null): void {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAnchor(next), delay);
  }
  function hide(): void {
    clearTimeout(timer.current);
    setAnchor(null);
  }
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <>
      {cloneElement(children, {
        onPointerEnter: (event) => {
          own.onPointerEnter?.(event);
          if (event.pointerType === 'mouse') later(400, event.currentTarget);
        },
        onPointerLeave: (event) => {
          own.onPointerLeave?.(event);
          later(100, null);
        },
        onPointerDown: (event) => {
          own.onPointerDown?.(event);
          hide();
        },
        onFocus: (event) => {
          own.onFocus?.(event);
          if (event.currentTarget.matches(':focus-visible')) setAnchor(event.currentTarget);
        },
        onBlur: (event) => {
          own.onBlur?.(event);
          hide();
        },
        onKeyDown: (event) => {
          own.onKeyDown?.(event);
          hide();
        },
      })}
      {anchor && (
        <Tip anchor={anchor} side={side} onStay={() => clearTimeout(timer.current)} onLeave={hide}>
          {content}
        </Tip>
      )}
    </>
  );
}

function Tip(props: { anchor: HTMLElement; side: Side; onStay: () => void; onLeave: () => void; children: ReactNode }) {
  const { anchor, side, onStay, onLeave, children } = props;
  const tip = useRef<HTMLDivElement>(null);
  const [position, setPosition] = useState({ left: -1000, top: 0 });
  useLayoutEffect(() => {
    if (tip.current) {
      setPosition(placeInView(anchor.getBoundingClientRect(), tip.current.getBoundingClientRect(), side));
    }
  }, [anchor, side]);
  useEffect(() => {
    window.addEventListener('scroll', onLeave, true);
    return () => window.removeEventListener('scroll', onLeave, true);
  });
  return createPortal(
    <div
      ref={tip}
      aria-hidden="true"
      style={position}
      onPointerEnter={onStay}
      onPointerLeave={onLeave}
      className="fixed z-50 max-w-64 animate-fade rounded-md bg-ink px-2 py-1 text-xs text-page shadow-float"
    >
      {children}
    </div>,
    document.body,
  );
}
