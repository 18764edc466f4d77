import type { KeyboardEvent } from 'react';
import { zoomOn } from '../../lib/timeline/axis';
import type { Span } from '../../lib/timeline/zoneDay';

type Doing = {
  at: number;
  go: (at: number) => void;
  toggle: () => void;
  bounds: Span;
  view: Span;
  setView: (view: Span) => void;
  earlier: (() => void) | null;
  later: (() => void) | null;
};

const steps: Record<string, number> = {
  ArrowLeft: -5000,
  ArrowRight: 5000,
  ArrowDown: -60_000,
  ArrowUp: 60_000,
  PageDown: -600_000,
  PageUp: 600_000,
};

/** The axis by keys: arrows and pages move, + and − look closer, N and P lead from event to event, space plays. */
export function keysOf({ at, go, toggle, bounds, view, setView, earlier, later }: Doing) {
  return (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step !== undefined) go(Math.min(Math.max(at + step * (event.shiftKey ? 6 : 1), bounds.from), bounds.to - 1000));
    else if (event.key === 'Home') go(bounds.from);
    else if (event.key === 'End') go(bounds.to - 1000);
    else if (event.key === ' ') toggle();
    else if (event.key === '+' || event.key === '=') setView(zoomOn(view, bounds, 2, at));
    else if (event.key === '-') setView(zoomOn(view, bounds, 0.5, at));
    else if (event.key === 'n') later?.();
    else if (event.key === 'p') earlier?.();
    else return;
    event.preventDefault();
  };
}
