import { memo } from 'react';
import type { CameraEvent } from '../../api/types';
import { bandPath, columns, placeOf } from '../../lib/timeline/axis';
import { type Footage, isTrouble } from '../../lib/timeline/footage';
import { type Span, stepFor, ticks } from '../../lib/timeline/zoneDay';
import css from './axis.module.css';
import type { Loud } from './queries';

const RULER = 24;
const BAR = 34;
const BAND = 44;
const MARKS = 22;
/** A point of the level history stands for five seconds. */
const STEP_MS = 5000;
const HEIGHT = RULER + BAR + BAND + MARKS;

export type Row = { name: string; footage: Footage | undefined };

type PictureProps = {
  rows?: readonly Row[] | undefined;
  view: Span;
  width: number;
  zone: string;
  footage: Footage | undefined;
  levels: readonly Loud[] | undefined;
  events: readonly CameraEvent[];
  thresholds: { yellow: number; red: number };
};

/** What happened, drawn: hours, footage and its gaps, loudness, marks. Everything in it is also said in words elsewhere on the page. */
export const AxisPicture = memo(function AxisPicture({ view, width, zone, footage, rows, levels, events, thresholds }: PictureProps) {
  const place = (at: number) => placeOf(view, width, at);
  const tall = rows ? (HEIGHT - RULER) / Math.max(1, rows.length) : BAR;
  const marks = events.map((event) => ({ event, at: Date.parse(event.startedAt) })).filter(({ at }) => at >= view.from && at < view.to);
  const loud = (levels ?? []).filter(({ at }) => at + STEP_MS > view.from && at < view.to);
  const count = Math.max(1, Math.round(width / 2));
  const path = (from: number) => {
    const heard = loud.filter(({ peak }) => peak >= from);
    return bandPath(
      columns(heard, view, count, STEP_MS, (point) => point.height),
      BAND,
    );
  };
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
      {(rows ?? [{ name: '', footage }]).map((row, index) => (
        <g key={row.name} transform={`translate(0 ${RULER + index * tall})`}>
          <Bar footage={row.footage} view={view} width={width} height={rows ? tall - 3 : tall} />
          {row.name && (
            <text x="6" y={tall / 2 + 3} className={css.row}>
              {row.name}
            </text>
          )}
        </g>
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

function Bar({ footage, view, width, height }: { footage: Footage | undefined; view: Span; width: number; height: number }) {
  const box = (span: Span) => {
    const left = Math.max(-2, placeOf(view, width, span.from));
    return { x: left, height, width: Math.max(2, Math.min(width + 2, placeOf(view, width, span.to)) - left) };
  };
  const seen = <S extends Span>(spans: readonly S[]) => spans.filter((span) => span.to > view.from && span.from < view.to);
  return (
    <>
      <rect width={width} height={height} className={css.bed} />
      {seen(footage?.gaps ?? [])
        .filter((gap) => gap.reason !== 'notRecorded')
        .map((gap) => (
          <rect
            key={gap.from}
            {...box(gap)}
            className={css.gap}
            data-reason={gap.reason}
            style={isTrouble(gap.reason) ? { fill: 'url(#trouble)' } : undefined}
          />
        ))}
      {seen(footage?.ranges ?? []).map((range) => (
        <rect key={range.from} {...box(range)} className={css.recorded} />
      ))}
    </>
  );
}

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
