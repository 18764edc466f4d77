import type { Battery } from './battery';
import type { Quality } from './linkStats';
import type { RoomReport } from './roomSocket';

/** What is told about this device: in steps that mean something, or every report would be news to every parent's page. */
export function reportOf(view: { battery: Battery | null; quality: Quality | null; playing: boolean }, dark: boolean): RoomReport {
  const { battery, quality, playing } = view;
  return {
    battery: battery?.level ?? null,
    charging: battery?.charging ?? null,
    rttMs: stepped(quality?.rttMs, 20),
    lossPercent: stepped(quality?.lossPercent, 1),
    bitrate: stepped(quality?.bitrate, 100_000),
    screen: dark ? 'dark' : 'on',
    playing,
  };
}

function stepped(value: number | null | undefined, step: number): number | null {
  return value == null ? null : Math.round(value / step) * step;
}
