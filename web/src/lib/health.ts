/** One hour of readings, as the server gives it. */
export type HealthPoint = {
  at: string;
  temperature: number;
  humidity: number;
  readings: number;
  cries: number;
  fevers: number;
  both: number;
};

export type Heard = { startedAt: string; endedAt: string | null };

const HOUR = 3_600_000;

/** Columns for a chart: seconds, temperature, humidity, and how often somebody cried, hour by hour without holes in time. */
export function columns(points: readonly HealthPoint[], heard: readonly Heard[], from: number, to: number) {
  const first = Math.floor(from / HOUR);
  const count = Math.max(1, Math.floor(to / HOUR) - first + 1);
  const times = Array.from({ length: count }, (_, i) => ((first + i) * HOUR) / 1000);
  const temperature: (number | null)[] = times.map(() => null);
  const humidity: (number | null)[] = times.map(() => null);
  const cries = times.map(() => 0);
  for (const point of points) {
    const i = Math.floor(Date.parse(point.at) / HOUR) - first;
    if (i < 0 || i >= count) continue;
    temperature[i] = point.temperature;
    humidity[i] = point.humidity;
    cries[i] = (cries[i] ?? 0) + point.cries;
  }
  for (const cry of heard) {
    const i = Math.floor(Date.parse(cry.startedAt) / HOUR) - first;
    if (i >= 0 && i < count) cries[i] = (cries[i] ?? 0) + 1;
  }
  return { times, temperature, humidity, cries };
}

/** The loudest moment of every step, in percent; null where nothing was heard. Times and step in seconds. */
export function loudest(points: readonly { at: string; max: number }[], first: number, until: number, step: number) {
  const times = Array.from({ length: Math.max(1, Math.ceil((until - first) / step)) }, (_, i) => first + i * step);
  const values: (number | null)[] = times.map(() => null);
  for (const point of points) {
    const i = Math.floor((Date.parse(point.at) / 1000 - first) / step);
    if (i >= 0 && i < values.length) values[i] = Math.max(values[i] ?? 0, point.max / 327.67);
  }
  return { times, values };
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** How often somebody cried by weekday and hour of the household's clock; Monday first. */
export function heatMap(times: readonly number[], cries: readonly number[], zone: string | undefined): number[][] {
  const rows = DAYS.map(() => Array.from({ length: 24 }, () => 0));
  const clock = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
    ...(zone ? { timeZone: zone } : {}),
  });
  times.forEach((time, i) => {
    const number = cries[i] ?? 0;
    if (number === 0) return;
    const parts = clock.formatToParts(new Date(time * 1000));
    const day = DAYS.indexOf(parts.find((part) => part.type === 'weekday')?.value as (typeof DAYS)[number]);
    const hour = Number(parts.find((part) => part.type === 'hour')?.value);
    const row = rows[day];
    if (row) row[hour] = (row[hour] ?? 0) + number;
  });
  return rows;
}

export const weekDays: readonly string[] = DAYS;

/** Readings by what they say: normal, crying, high temperature, both. */
export function distribution(points: readonly HealthPoint[]): { normal: number; crying: number; fever: number; both: number } {
  const sum = (value: (point: HealthPoint) => number) => points.reduce((total, point) => total + value(point), 0);
  const both = sum((point) => point.both);
  const crying = sum((point) => point.cries) - both;
  const fever = sum((point) => point.fevers) - both;
  return { normal: sum((point) => point.readings) - crying - fever - both, crying, fever, both };
}
