import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import css from './health.module.css';

export type Drawn = 'line' | 'bars' | 'area';
type Props = {
  label: string;
  times: readonly number[];
  values: readonly (number | null)[];
  kind: Drawn;
  colour: string;
  /** Where the time axis ends, in seconds: the same for all bands of a page. */
  until: number;
  zone: string | undefined;
  unit: string;
  /** The part of the scale in which all is well. */
  comfort?: readonly [number, number];
  least?: number;
  most?: number;
};

const HEIGHT = 130;

/** "14:00" where the lines are hours apart, "15 Nov" where they are days. */
function shortTime(seconds: number, step: number, zone: string | undefined): string {
  const shown: Intl.DateTimeFormatOptions = step < 86_400 ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat('en-GB', { ...shown, ...(zone ? { timeZone: zone } : {}) }).format(new Date(seconds * 1000));
}

/** One band of the page. All of them share the time: what the finger points at in one is pointed at in each. */
export function TimeChart({ label, times, values, kind, colour, until, zone, unit, comfort, least, most }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const manyDays = (times.at(-1) ?? 0) - (times[0] ?? 0) > 2 * 86_400;
    const chart = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        tzDate: (seconds) => (zone ? uPlot.tzDate(new Date(seconds * 1000), zone) : new Date(seconds * 1000)),
        cursor: { sync: { key: 'health' }, drag: { x: false, y: false } },
        legend: { show: true, live: true },
        scales: {
          x: { range: () => [times[0] ?? 0, until] },
          y: {
            range: (_, low, high) => {
              const from = Math.min(low ?? 0, comfort?.[0] ?? least ?? low ?? 0, least ?? Number.POSITIVE_INFINITY);
              const to = Math.max(high ?? 1, comfort?.[1] ?? most ?? high ?? 1, most ?? Number.NEGATIVE_INFINITY);
              // A line at the very edge would be half a line.
              const room = Math.max(0.5, (to - from) * 0.08);
              return [least === undefined ? from - room : from, to + room];
            },
          },
        },
        axes: [
          {
            stroke: '#a99d8f',
            grid: { stroke: '#342e29', width: 1 },
            ticks: { show: false },
            size: 28,
            incrs: manyDays ? [86_400, 2 * 86_400] : [3600, 2 * 3600, 3 * 3600, 4 * 3600, 6 * 3600],
            values: (_, places, __, ___, step) => places.map((place) => shortTime(place, step, zone)),
          },
          { stroke: '#a99d8f', grid: { stroke: '#342e29', width: 1 }, ticks: { show: false }, size: 44 },
        ],
        series: [
          { label: 'Time', value: '{DD}.{MM}. {HH}:{mm}' },
          {
            label,
            stroke: colour,
            width: 2,
            spanGaps: false,
            value: (_, value) => (value === null || value === undefined ? '–' : `${Math.round(value * 10) / 10}${unit}`),
            ...(kind === 'line' ? { points: { show: true, size: 4 } } : { fill: `${colour}66`, points: { show: false } }),
            ...(kind === 'bars' && uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.7, 40] }) } : {}),
          },
        ],
        hooks: {
          drawClear: [
            (drawn) => {
              if (!comfort) return;
              const top = drawn.valToPos(comfort[1], 'y', true);
              drawn.ctx.fillStyle = 'rgba(122, 178, 122, 0.16)';
              drawn.ctx.fillRect(drawn.bbox.left, top, drawn.bbox.width, drawn.valToPos(comfort[0], 'y', true) - top);
            },
          ],
        },
      },
      [times as number[], values as number[]],
      box,
    );
    const fit = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: HEIGHT }));
    fit.observe(box);
    return () => {
      fit.disconnect();
      chart.destroy();
    };
  }, [label, times, values, kind, colour, until, zone, unit, comfort, least, most]);
  return (
    <figure className={css.band}>
      <figcaption>{label}</figcaption>
      <div ref={place} className={css.chart} />
    </figure>
  );
}
