/** Times as people say them. The household's zone decides what "03:12" means. */

export function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

export function liveAge(ms: number | null): string {
  if (ms === null) return 'live';
  return `live ${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}

export function length(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function format(iso: string, zone: string | undefined, options: Intl.DateTimeFormatOptions): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '–';
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, ...(zone ? { timeZone: zone } : {}) }).format(at);
  } catch {
    return new Intl.DateTimeFormat('en-GB', options).format(at);
  }
}

export function clock(iso: string, zone?: string): string {
  return format(iso, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

export function day(iso: string, zone?: string, now: number = Date.now()): string {
  const key = (value: string) => format(value, zone, { year: 'numeric', month: '2-digit', day: '2-digit' });
  if (key(iso) === key(new Date(now).toISOString())) return 'Today';
  // By the calendar: where the clocks change, a day ago by the hours is another day, or the same.
  const [date = 1, month = 1, year = 0] = key(new Date(now).toISOString()).split('/').map(Number);
  const eve = new Date(Date.UTC(year, month - 1, date - 1)).toISOString().slice(0, 10);
  if (key(iso) === eve.split('-').reverse().join('/')) return 'Yesterday';
  return format(iso, zone, { weekday: 'long', day: 'numeric', month: 'long' });
}

export function dayAndClock(iso: string, zone?: string): string {
  return format(iso, zone, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}

export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

export function allZones(): string[] {
  const supported = (Intl as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf?.('timeZone') ?? [];
  return [...new Set([browserZone(), 'UTC', ...supported])];
}
