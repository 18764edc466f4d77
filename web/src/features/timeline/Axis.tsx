import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import type { CameraEvent } from '../../api/types';
import { clamp, moveEnd, pan, panAtEdge, placeOf, timeAt, zoom } from '../../lib/timeline/axis';
import type { Footage } from '../../lib/timeline/footage';
import type { Span } from '../../lib/timeline/zoneDay';
import { AxisPicture, type Row } from './AxisPicture';
import css from './axis.module.css';
import { Overview } from './Overview';
import type { Loud } from './queries';
import { clockOf } from './words';

type AxisProps = {
  bounds: Span;
  view: Span;
  setView: (view: Span) => void;
  zone: string;
  at: number;
  /** What is there, in words, for those who hear the page. */
  words: string;
  footage: Footage | undefined;
  /** Of several cameras, one row each instead of footage, loudness and marks. */
  rows?: readonly Row[];
  levels?: readonly Loud[] | undefined;
  events: readonly CameraEvent[];
  thresholds: { yellow: number; red: number };
  part: Span | null;
  setPart: (part: Span) => void;
  /** While a finger moves; `done` when it is lifted. */
  scrub: (at: number, done: boolean) => void;
  onKey: (event: KeyboardEvent) => void;
};

const FALLBACK = 600;

/** A day, or a part of it, on one line: drag to look for a moment, pinch or turn the wheel to look closer. */
export function Axis(props: AxisProps) {
  const { bounds, view, setView, zone, at, words, part, setPart, scrub, onKey } = props;
  const size = useElementSize();
  const width = size.width || FALLBACK;
  const fingers = useRef(new Map<number, number>());
  const [scrubbing, setScrubbing] = useState(false);
  const latest = useRef({ view, bounds, width, setView });
  latest.current = { view, bounds, width, setView };

  // React listens to the wheel passively; the page must not scroll while one looks closer.
  const surface = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = surface.current;
    const turn = (event: WheelEvent) => {
      const now = latest.current;
      event.preventDefault();
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const length = now.view.to - now.view.from;
      if (sideways) now.setView(pan(now.view, now.bounds, (event.deltaX / now.width) * length));
      else now.setView(zoom(now.view, now.bounds, Math.exp(-event.deltaY / 300), timeAt(now.view, now.width, event.offsetX)));
    };
    element?.addEventListener('wheel', turn, { passive: false });
    return () => element?.removeEventListener('wheel', turn);
  }, []);

  const placeIn = (event: PointerEvent) => event.clientX - (surface.current?.getBoundingClientRect().left ?? 0);
  const timeIn = (event: PointerEvent) => clamp(timeAt(view, width, placeIn(event)), bounds);

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    surface.current?.setPointerCapture?.(event.pointerId);
    fingers.current.set(event.pointerId, placeIn(event));
    setScrubbing(fingers.current.size === 1);
    if (fingers.current.size === 1) scrub(timeIn(event), false);
  };
  const move = (event: PointerEvent) => {
    const before = fingers.current.get(event.pointerId);
    if (before === undefined) return;
    const here = placeIn(event);
    fingers.current.set(event.pointerId, here);
    if (fingers.current.size === 2) {
      const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1] ?? 0;
      const factor = Math.max(20, Math.abs(here - other)) / Math.max(20, Math.abs(before - other));
      const closer = zoom(view, bounds, factor, timeAt(view, width, (here + other) / 2));
      setView(pan(closer, bounds, (-(here - before) / 2 / width) * (closer.to - closer.from)));
      return;
    }
    if (!scrubbing) return;
    const shown = panAtEdge(view, bounds, width, before, here);
    if (shown !== view) setView(shown);
    scrub(clamp(timeAt(shown, width, here), bounds), false);
  };
  const up = (event: PointerEvent) => {
    if (!fingers.current.delete(event.pointerId)) return;
    if (scrubbing && fingers.current.size === 0) scrub(timeIn(event), true);
    if (fingers.current.size === 0) setScrubbing(false);
  };

  const second = (time: number) => Math.round((time - bounds.from) / 1000);
  const head = placeOf(view, width, at);
  return (
    <div className={css.axis}>
      <Overview {...props} width={width} />
      <div ref={size.ref} className={css.frame}>
        <div
          ref={surface}
          className={css.surface}
          role="slider"
          tabIndex={0}
          aria-label="Time of day"
          aria-valuemin={0}
          aria-valuemax={second(bounds.to)}
          aria-valuenow={second(clamp(at, bounds))}
          aria-valuetext={`${clockOf(at, zone)}, ${words}`}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerCancel={up}
          onKeyDown={onKey}
        >
          <AxisPicture
            view={view}
            width={width}
            zone={zone}
            footage={props.footage}
            rows={props.rows}
            levels={props.levels}
            events={props.events}
            thresholds={props.thresholds}
          />
          {part && <Part part={part} view={view} width={width} />}
          {head >= -1 && head <= width + 1 && <i className={css.head} style={{ left: head }} data-scrubbing={scrubbing || undefined} />}
        </div>
        {part &&
          (['from', 'to'] as const).map((end) => (
            <PartEnd key={end} end={end} part={part} set={setPart} view={view} bounds={bounds} width={width} zone={zone} />
          ))}
      </div>
    </div>
  );
}

function Part({ part, view, width }: { part: Span; view: Span; width: number }) {
  const left = placeOf(view, width, part.from);
  return <i className={css.part} style={{ left, width: placeOf(view, width, part.to) - left }} />;
}

type EndProps = { end: 'from' | 'to'; part: Span; set: (part: Span) => void; view: Span; bounds: Span; width: number; zone: string };

function PartEnd({ end, part, set, view, bounds, width, zone }: EndProps) {
  const grabbed = useRef<number | null>(null);
  const place = placeOf(view, width, part[end]);
  if (place < -22 || place > width + 22) return null;
  const steps: Record<string, number> = {
    ArrowLeft: -1000,
    ArrowRight: 1000,
    ArrowDown: -10_000,
    ArrowUp: 10_000,
    PageDown: -60_000,
    PageUp: 60_000,
  };
  return (
    <div
      className={css.end}
      data-end={end}
      style={{ left: place }}
      role="slider"
      tabIndex={0}
      aria-label={end === 'from' ? 'Begin of the part' : 'End of the part'}
      aria-valuemin={0}
      aria-valuemax={Math.round((bounds.to - bounds.from) / 1000)}
      aria-valuenow={Math.round((part[end] - bounds.from) / 1000)}
      aria-valuetext={clockOf(part[end], zone)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture?.(event.pointerId);
        grabbed.current = event.clientX - place;
      }}
      onPointerMove={(event) => {
        if (grabbed.current !== null) set(moveEnd(part, end, timeAt(view, width, event.clientX - grabbed.current), bounds));
      }}
      onPointerUp={() => {
        grabbed.current = null;
      }}
      onPointerCancel={() => {
        grabbed.current = null;
      }}
      onKeyDown={(event) => {
        const step = steps[event.key];
        if (step === undefined) return;
        event.preventDefault();
        set(moveEnd(part, end, part[end] + step, bounds));
      }}
    />
  );
}
