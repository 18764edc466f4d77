import { memo } from 'react';
import type { CameraEvent } from '../../api/types';
import { bandPath, columns, placeOf } from '../../lib/timeline/axis';
import { type Footage, isTrouble } from '../../lib/timeline/footage';
import { type Span, stepFor, ticks } from '../../lib/timeline/zoneDay';
import css from './axis.module.css';
import type { Loud } from './queries';

export const RULER = 24;
export const BAR = 34;
export const BAND = 44;
export const MARKS = 22;
export const HEIGHT = RULER + BAR + BAND + MARKS;

type PictureProps = {
  view: Span;
  width: number;
  zone: string;
  footage: Footage | undefined;
  levels: readonly Loud[] | undefined;
  events: readonly CameraEvent[];
  thresholds: { yellow: number; red: number };
};

/** What happened, drawn: hours, footage and its gaps, loudness, marks. Everything in it is also said in words elsewhere on the page. */
export const AxisPicture = memo(function AxisPicture({ view, width, zone, footage, levels, events, thresholds }: PictureProps) {
  const place = (at: number) => placeOf(view, width, at);
  const box = (span: Span) => {
    const left = Math.max(-2, place(span.from));
    return { x: left, width: Math.max(1, Math.min(width + 2, place(span.to)) - left) };
  };
  const seen = <S extends Span>(spans: readonly S[]) => spans.filter((span) => span.to > view.from && span.from < view.to);
  const marks = events.map((event) => ({ event, at: Date.parse(event.startedAt) })).filter(({ at }) => at >= view.from && at < view.to);
  const loud = (levels ?? []).filter(({ at }) => at >= view.from && at < view.to);
  const count = Math.max(1, Math.round(width / 2));
  const path = (from: number) =>
    bandPath(
      columns(
        loud.filter(({ peak }) => peak >= from),
        view,
        count,
        ({ height }) => height,
      ),
      BAND,
    );
  return (
    <svg className={css.picture} width={width} height={HEIGHT} aria-hidden="true" focusable="false">
      <defs>
        <pattern id="trouble" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="8" height="8" fill="#35191a" />
          <rect width="3" height="8" fill="var(--red)" opacity="0.75" />
        </pattern>
      </defs>
      {ticks(view, zone, stepFor(view, width)).map(({ at, label }) => (
        <g key={at} transform={`translate(${place(at)} 0)`}>
          <line y1={RULER - 6} y2={HEIGHT} className={css.tick} />
          <text y={RULER - 9} className={css.hour} textAnchor={place(at) < 18 ? 'start' : place(at) > width - 18 ? 'end' : 'middle'}>
            {label}
          </text>
        </g>
      ))}
      <rect y={RULER} width={width} height={BAR} className={css.bed} />
      {seen(footage?.gaps ?? [])
        .filter((gap) => gap.reason !== 'notRecorded')
        .map((gap) => (
          <rect
            key={gap.from}
            y={RULER}
            height={BAR}
            {...box(gap)}
            className={css.gap}
            data-reason={gap.reason}
            fill={isTrouble(gap.reason) ? 'url(#trouble)' : undefined}
          />
        ))}
      {seen(footage?.ranges ?? []).map((range) => (
        <rect key={range.from} y={RULER} height={BAR} {...box(range)} className={css.recorded} />
      ))}
      <g transform={`translate(0 ${RULER + BAR})`}>
        <g transform={`scale(${width / count} 1)`}>
          <path d={path(0)} className={css.sound} />
          <path d={path(thresholds.yellow)} className={css.yellow} />
          <path d={path(thresholds.red)} className={css.red} />
        </g>
      </g>
      {marks.map(({ event, at }) => (
        <g key={event.id} transform={`translate(${place(at)} ${HEIGHT - MARKS / 2})`} className={css.mark} data-kind={event.kind}>
          <line y1={-(BAND + BAR + MARKS / 2)} y2="-6" />
          <Mark event={event} />
        </g>
      ))}
    </svg>
  );
});

/** Shape and colour both tell the kinds apart. */
function Mark({ event }: { event: CameraEvent }) {
  const level = event.kind === 'sound' ? (event.level ?? 'yellow') : markLevel[event.kind];
  if (event.kind === 'sound') return <circle r="6.5" data-level={level} />;
  return <path d={level === 'good' || level === 'calm' ? 'M0-6.500 6 0 0 6.500-6 0Z' : 'M-6 5.500H6L0-6Z'} data-level={level} />;
}

const markLevel: Record<string, string> = {
  cameraOffline: 'red',
  cameraOnline: 'good',
  notListening: 'red',
  notRecording: 'red',
  motion: 'calm',
};
