/** Days and hours of the household's zone. A day is what lies between two local midnights: 23, 24 or 25 hours. All times are Unix ms. */

export type Span = { from: number; to: number };

type Local = { year: number; month: number; day: number; hour: number; minute: number };

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const options: Intl.DateTimeFormatOptions = {
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    };
    try {
      format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
    } catch {
      // A zone that this browser does not know: its own is the next best.
      format = new Intl.DateTimeFormat('en-GB', options);
    }
    formats.set(zone, format);
  }
  return format;
}

function localOf(at: number, zone: string): Local {
  const local: Local = { year: 0, month: 0, day: 0, hour: 0, minute: 0 };
  for (const { type, value } of formatOf(zone).formatToParts(at)) if (type in local) local[type as keyof Local] = Number(value);
  return local;
}

const two = (value: number) => String(value).padStart(2, '0');

/** The local date, "2026-11-21". */
export function dayOf(at: number, zone: string): string {
  const { year, month, day } = localOf(at, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The first instant of a day. Where midnight does not exist, the day begins when the clocks have gone forward. */
export function startOfDay(day: string, zone: string): number {
  const guess = Date.parse(`${day}T00:00:00Z`);
  // Zones lie between −12 and +14 hours; whole seconds are exact enough and all that zones have.
  let [before, after] = [guess / 1000 - 15 * 3600, guess / 1000 + 15 * 3600];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayOf(middle * 1000, zone) >= day) after = middle;
    else before = middle;
  }
  return after * 1000;
}

export function spanOfDay(day: string, zone: string): Span {
  return { from: startOfDay(day, zone), to: startOfDay(addDays(day, 1), zone) };
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360];
const QUARTER = 15 * 60_000;

/** Minutes between the ruler's marks, so that their times do not touch. */
export function stepFor(view: Span, width: number, room = 58): number {
  const most = Math.max(1, width / room);
  const minutes = (view.to - view.from) / 60_000;
  return STEPS.find((step) => minutes / step <= most) ?? 360;
}

export type Tick = { at: number; label: string };

/** The marks of the ruler, at local times. An hour that comes twice is marked twice; one that does not exist is not. */
export function ticks(view: Span, zone: string, step: number): Tick[] {
  const found: Tick[] = [];
  // Offsets of zones are multiples of a quarter of an hour, so every mark lies on one of these.
  const walk = Math.min(step * 60_000, QUARTER);
  for (let at = Math.ceil(view.from / walk) * walk; at <= view.to; at += walk) {
    const { hour, minute } = localOf(at, zone);
    if ((hour * 60 + minute) % step === 0) found.push({ at, label: `${two(hour)}:${two(minute)}` });
  }
  return found;
}

/** The weeks of a month for a calendar that begins on Monday; null where a day belongs to another month. */
export function weeksOf(month: string): (string | null)[][] {
  const first = `${month}-01`;
  const lead = (new Date(`${first}T00:00:00Z`).getUTCDay() + 6) % 7;
  const weeks: (string | null)[][] = [];
  for (let day = addDays(first, -lead); day < addDays(first, 31) && (day.startsWith(month) || day < first); day = addDays(day, 7)) {
    weeks.push(
      Array.from({ length: 7 }, (_, index) => {
        const one = addDays(day, index);
        return one.startsWith(month) ? one : null;
      }),
    );
  }
  return weeks;
}

export function addMonths(month: string, months: number): string {
  const at = new Date(`${month}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 7);
}
