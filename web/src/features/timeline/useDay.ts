import { useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { reveal } from '../../lib/timeline/axis';
import { dayOf, isDay, type Span } from '../../lib/timeline/zoneDay';
import { useNow } from '../../ui/hooks';
import { dayWith } from './queries';

/** The day that a page shows, and the part of it that its axis shows. The day and the instant live in the address. */
export function useDay(zone: string) {
  const now = useNow();
  const [search, setSearch] = useSearchParams();
  const asked = Date.parse(search.get('at') ?? '');
  const today = dayOf(now, zone);
  const inAddress = search.get('day');
  const key = isDay(inAddress) && inAddress <= today ? inAddress : Number.isFinite(asked) && asked < now ? dayOf(asked, zone) : today;
  const isToday = key === today;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a day changes with its name and when it is over, not with every second.
  const day = useMemo(() => dayWith(key, zone, now), [key, zone, isToday]);
  const [shown, setShown] = useState<{ key: string; view: Span } | null>(null);
  const view = shown?.key === key ? shown.view : day.span;

  /** Without a day it is today's, also when midnight has passed. */
  const put = (change: { day?: string; at?: number }) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (change.day === undefined) next.delete('day');
        else next.set('day', change.day);
        if (change.at === undefined) next.delete('at');
        else next.set('at', new Date(change.at).toISOString());
        return next;
      },
      { replace: true },
    );
  return {
    now,
    today,
    day,
    put,
    view,
    setView: (next: Span) => setShown({ key, view: next }),
    asked: Number.isFinite(asked) ? asked : null,
  };
}

/** The axis goes along when the playhead leaves it by playing; who looks elsewhere meanwhile is left alone. */
export function useFollow(view: Span, bounds: Span, at: number, setView: (view: Span) => void, off: boolean): void {
  const before = useRef(at);
  useEffect(() => {
    const was = before.current;
    before.current = at;
    const left = was >= view.from && was <= view.to && (at < view.from || at > view.to);
    if (left && !off && at >= bounds.from && at <= bounds.to) setView(reveal(view, bounds, at));
  });
}
