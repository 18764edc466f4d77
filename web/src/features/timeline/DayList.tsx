import type { CameraEvent } from '../../api/types';
import { clock } from '../../lib/time';
import { type Gap, gapWords, isTrouble, LEAD_MS } from '../../lib/timeline/footage';
import { eventLength, eventTitle } from '../../lib/words';
import { Icon } from '../../ui/Icon';
import css from './timeline.module.css';
import { lengthWords, spanWords } from './words';

type Line = { key: string; at: number; seek: number; when: string; title: string; more: string | null; level: string | undefined };

type DayListProps = { events: readonly CameraEvent[]; gaps: readonly Gap[]; zone: string; seek: (at: number) => void };

/** The marks of the axis in words: what happened, and what should have been recorded and was not. Each leads to its moment. */
export function DayList({ events, gaps, zone, seek }: DayListProps) {
  const lines: Line[] = [
    ...events.map((event) => ({
      key: event.id,
      at: Date.parse(event.startedAt),
      seek: Date.parse(event.startedAt) - LEAD_MS,
      when: clock(event.startedAt, zone),
      title: eventTitle(event),
      more: eventLength(event),
      level: event.level ?? undefined,
    })),
    ...gaps
      .filter((gap) => isTrouble(gap.reason) && gap.to - gap.from >= 1000)
      .map((gap) => ({
        key: `gap ${gap.from}`,
        at: gap.from,
        seek: gap.from - LEAD_MS,
        when: spanWords(gap, zone),
        title: `Not recorded: ${gapWords(gap.reason)}`,
        more: lengthWords(gap.to - gap.from),
        level: 'red',
      })),
  ].sort((a, b) => b.at - a.at);
  if (lines.length === 0) return <p className={css.quiet}>Nothing happened on this day, and nothing is missing.</p>;
  return (
    <ul className={css.lines}>
      {lines.map((line) => (
        <li key={line.key}>
          <button type="button" onClick={() => seek(line.seek)} data-level={line.level}>
            <span>
              <strong>{line.title}</strong>
              <span className={css.when}>{line.more ? `${line.when} · ${line.more}` : line.when}</span>
            </span>
            <Icon name="play" size={18} />
          </button>
        </li>
      ))}
    </ul>
  );
}
