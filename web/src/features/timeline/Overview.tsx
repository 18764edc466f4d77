import { type PointerEvent, useRef } from 'react';
import { pan, placeOf, timeAt } from '../../lib/timeline/axis';
import type { Footage } from '../../lib/timeline/footage';
import type { Span } from '../../lib/timeline/zoneDay';
import css from './axis.module.css';

type OverviewProps = { bounds: Span; view: Span; setView: (view: Span) => void; footage: Footage | undefined; at: number; width: number };

/** The whole day, small, once the axis shows only a part of it: drag the window. The keyboard reaches everything on the axis itself. */
export function Overview({ bounds, view, setView, footage, at, width }: OverviewProps) {
  const held = useRef(false);
  if (view.to - view.from > (bounds.to - bounds.from) * 0.98) return null;
  const place = (time: number) => placeOf(bounds, width, time);
  const centre = (event: PointerEvent<HTMLElement>) => {
    const time = timeAt(bounds, width, event.clientX - event.currentTarget.getBoundingClientRect().left);
    setView(pan(view, bounds, time - (view.from + view.to) / 2));
  };
  return (
    <div
      className={css.overview}
      aria-hidden="true"
      onPointerDown={(event) => {
        held.current = true;
        event.currentTarget.setPointerCapture?.(event.pointerId);
        centre(event);
      }}
      onPointerMove={(event) => held.current && centre(event)}
      onPointerUp={() => {
        held.current = false;
      }}
      onPointerCancel={() => {
        held.current = false;
      }}
    >
      <svg width={width} height="20" aria-hidden="true" focusable="false">
        <rect width={width} height="20" className={css.bed} />
        {footage?.ranges.map((range) => (
          <rect
            key={range.from}
            x={place(range.from)}
            width={Math.max(1, place(range.to) - place(range.from))}
            height="20"
            className={css.recorded}
          />
        ))}
        <rect x={place(at) - 1} width="2" height="20" fill="var(--text)" />
      </svg>
      <i style={{ left: place(view.from), width: Math.max(10, place(view.to) - place(view.from)) }} />
    </div>
  );
}
