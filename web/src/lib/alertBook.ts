import type { CameraEvent } from '../api/types';

/** Events that must be noticed by somebody, now. */
export function isAlarm(event: CameraEvent): boolean {
  return event.kind === 'sound' ? event.level === 'red' : event.kind !== 'cameraOnline' && event.kind !== 'motion';
}

const quiet: readonly string[] = ['notRecording', 'serverTrouble', 'devicePaired'];

/** Worth waking somebody. A recording that fails is said once and stands there, but it can wait for the morning. */
function rings(alert: Alert): boolean {
  return !alert.over && !quiet.includes(alert.event.kind);
}

/** An alarm found when a page is opened is put up only when it ended this short ago; older ones are history. */
export const FRESH_MS = 15 * 60_000;
/** What still goes on is no history: who opens a page at 3 must hear what began at half past 2. Beyond a night it is known. */
const GOES_ON_MS = 12 * 3_600_000;
/** Full alarm for this long, then a reminder now and then. It never stops by itself while nobody has answered. */
const INSISTENT_MS = 120_000;
const INSISTENT_EVERY_MS = 2200;
const REMINDER_EVERY_MS = 15_000;

/** A household that this page does not show, but whose alarms it rings. */
export type OtherHome = { id: number; name: string };

export type Alert = { event: CameraEvent; firstSeenAt: number; over: boolean; home?: OtherHome | undefined };

/** The alarms standing on this page. Pure: times are arguments, nothing is played or drawn here. */
export class AlertBook {
  private alerts: readonly Alert[] = [];
  private readonly answered = new Set<string>();

  get standing(): readonly Alert[] {
    return this.alerts;
  }

  /** Takes a new or changed event. `serverNow` is the server's time, `now` this page's monotonic one. True when something changed. */
  apply(event: CameraEvent, serverNow: number, now: number, home?: OtherHome): boolean {
    const before = this.alerts;
    if (event.kind === 'cameraOnline') {
      this.alerts = this.alerts.map((alert) =>
        alert.event.kind === 'cameraOffline' && alert.event.cameraId === event.cameraId ? { ...alert, over: true } : alert,
      );
      return this.alerts.some((alert, index) => alert !== before[index]);
    }
    if (!isAlarm(event)) return false;
    const known = this.alerts.find((alert) => alert.event.id === event.id);
    if (event.acknowledgedAt || this.answered.has(event.id)) {
      this.answered.add(event.id);
      if (!known) return false;
      this.alerts = this.alerts.filter((alert) => alert !== known);
      return true;
    }
    // A noise or crying that ended still waits for somebody: it happened.
    const over = event.kind !== 'sound' && event.kind !== 'cry' && event.endedAt !== null;
    if (known) {
      this.alerts = this.alerts.map((alert) => (alert === known ? { ...alert, event, over: alert.over || over } : alert));
      return true;
    }
    if (serverNow - Date.parse(event.endedAt ?? event.startedAt) > (event.endedAt ? FRESH_MS : GOES_ON_MS)) return false;
    this.alerts = [{ event, firstSeenAt: now, over, home }, ...this.alerts];
    return true;
  }

  /** Answered here. Stays answered even when the server could not be told. */
  answer(id: string): void {
    this.answered.add(id);
    this.alerts = this.alerts.filter((alert) => alert.event.id !== id);
  }

  /** Gone from here, but not answered: when it is told of again it stands again. */
  drop(id: string): void {
    this.alerts = this.alerts.filter((alert) => alert.event.id !== id);
  }

  /** Milliseconds until the alarm should sound again after `lastRangAt`; null when nothing rings. */
  static wait(alerts: readonly Alert[], now: number, lastRangAt: number | null): number | null {
    const ringing = alerts.filter(rings);
    if (ringing.length === 0) return null;
    const newest = Math.max(...ringing.map((alert) => alert.firstSeenAt));
    const every = now - newest < INSISTENT_MS ? INSISTENT_EVERY_MS : REMINDER_EVERY_MS;
    if (lastRangAt === null || newest > lastRangAt) return 0;
    return Math.max(0, lastRangAt + every - now);
  }
}

export type AlertGroup = { key: string; newest: Alert; ids: string[] };

/** A child that cries again and again is one card, not twelve: alarms of one camera and one kind go together, newest first. */
export function grouped(alerts: readonly Alert[]): AlertGroup[] {
  const groups = new Map<string, AlertGroup>();
  for (const alert of alerts) {
    const key = `${alert.home?.id ?? ''} ${alert.event.cameraId} ${alert.event.kind} ${alert.over}`;
    const group = groups.get(key);
    if (!group) groups.set(key, { key, newest: alert, ids: [alert.event.id] });
    else {
      group.ids.push(alert.event.id);
      if (alert.event.startedAt > group.newest.event.startedAt) group.newest = alert;
    }
  }
  return [...groups.values()];
}
