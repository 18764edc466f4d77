import type { RoomReport } from './roomSocket';
import type { RoomView } from './roomView';

type Told = Pick<RoomView, 'battery' | 'quality' | 'playing' | 'hasMicrophone' | 'deaf' | 'sender'>;

/** What is told about this device: in steps that mean something, or every report would be news to every parent's page. */
export function reportOf(view: Told, dark: boolean): RoomReport {
  const { battery, quality, playing } = view;
  return {
    battery: battery?.level ?? null,
    charging: battery?.charging ?? null,
    rttMs: stepped(quality?.rttMs, 20),
    lossPercent: stepped(quality?.lossPercent, 1),
    bitrate: stepped(quality?.bitrate, 100_000),
    screen: dark ? 'dark' : 'on',
    playing,
    // Whoever only waits for its turn does not speak for the room.
    microphone: view.sender.kind !== 'sending' ? null : !view.hasMicrophone ? 'none' : view.deaf ? 'muted' : 'on',
  };
}

function stepped(value: number | null | undefined, step: number): number | null {
  return value == null ? null : Math.round(value / step) * step;
}
