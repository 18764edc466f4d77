import type { Grant } from '../api/types';
import { browserZone } from './time';

/** When somebody may see a camera: a daily window and days, in the household's time zone. */
export type Window = Pick<Grant, 'windowStart' | 'windowEnd' | 'firstDay' | 'lastDay'>;
export type Preset = { id: 'evening' | 'night' | 'always'; title: string; hint: string; window: Window };

const always: Window = { windowStart: null, windowEnd: null, firstDay: null, lastDay: null };
const EVENING = ['18:00', '23:00'] as const;
const NIGHT = ['20:00', '07:00'] as const;

/** What is tapped most. After the evening's end, "this evening" is tomorrow's; before the night's end, "tonight" began yesterday. */
export function presets(now: number, zone: string): Preset[] {
  const { date, time } = wallClock(now, zone);
  const late = time >= EVENING[1];
  const evening = late ? nextDay(date, 1) : date;
  const night = time < NIGHT[1] ? nextDay(date, -1) : date;
  return [
    {
      id: 'evening',
      title: late ? 'Tomorrow evening' : 'This evening',
      hint: `${EVENING[0]} – ${EVENING[1]}, ${late ? 'tomorrow' : 'today'}`,
      window: { windowStart: EVENING[0], windowEnd: EVENING[1], firstDay: evening, lastDay: evening },
    },
    {
      id: 'night',
      title: 'Tonight',
      hint: `${NIGHT[0]} – ${NIGHT[1]} in the morning`,
      window: { windowStart: NIGHT[0], windowEnd: NIGHT[1], firstDay: night, lastDay: night },
    },
    { id: 'always', title: 'Always', hint: 'Until you take it back', window: always },
  ];
}

/** "Today, 18:00 – 23:00" */
export function windowWords(window: Window, now: number, zone: string): string {
  const { date } = wallClock(now, zone);
  const { windowStart: start, windowEnd: end, firstDay: first, lastDay: last } = window;
  const hours = start || end ? `${short(start) || '00:00'} – ${short(end) || '24:00'}` : '';
  const on = (day: string) =>
    day === date ? 'today' : day === nextDay(date, 1) ? 'tomorrow' : day === nextDay(date, -1) ? 'yesterday' : dayWords(day);
  const days =
    first && first === last
      ? on(first)
      : first && last
        ? `${on(first)} to ${on(last)}`
        : last
          ? `until ${on(last)}`
          : first && first > date
            ? `from ${on(first)} on`
            : '';
  if (!hours && !days) return 'Always';
  const words = [days || (hours ? 'every day' : ''), hours].filter(Boolean).join(', ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "23:00", or with its day when that is not today. */
export function untilWords(iso: string, zone = browserZone(), now: number = Date.now()): string {
  const [today, end] = [wallClock(now, zone), wallClock(Date.parse(iso), zone)];
  return end.date === today.date
    ? end.time
    : end.date === nextDay(today.date, 1)
      ? `tomorrow at ${end.time}`
      : `${dayWords(end.date)}, ${end.time}`;
}

/** The date and time on a clock in that zone. */
export function wallClock(now: number, zone: string): { date: string; time: string } {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).format(now);
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

function nextDay(date: string, by: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}

function short(time: string | null | undefined): string {
  return time ? time.slice(0, 5) : '';
}

function dayWords(date: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long' }).format(Date.parse(`${date}T00:00:00Z`));
}
