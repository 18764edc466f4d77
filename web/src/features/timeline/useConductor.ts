import { useCallback, useEffect, useRef, useState } from 'react';
import { Conductor, type ConductorView } from '../../lib/timeline/conductor';
import type { FootageDeck } from '../../lib/timeline/footageDeck';

const TICK_MS = 100;

/** The conductor of a page, which ticks while the page is open, and the decks that its pictures bring. */
export function useConductor(startAt: number) {
  const [view, setView] = useState<ConductorView>(() => ({
    at: startAt,
    playing: false,
    waiting: false,
    rate: 1,
    skipped: null,
    atEnd: false,
  }));
  const [conductor] = useState(() => new Conductor(startAt, setView));
  const decks = useRef<FootageDeck[]>([]);
  useEffect(() => {
    const timer = window.setInterval(() => conductor.tick(performance.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, [conductor]);
  const join = useCallback(
    (deck: FootageDeck) => {
      decks.current = [...decks.current, deck];
      conductor.use(decks.current);
      return () => {
        decks.current = decks.current.filter((one) => one !== deck);
        conductor.use(decks.current);
      };
    },
    [conductor],
  );
  return { view, conductor, join };
}
