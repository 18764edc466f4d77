import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Alert } from '../lib/alertBook';
import type { Level, LevelStore } from '../lib/levels';
import type { LinkState } from '../lib/liveSocket';
import type { ServerClock } from '../lib/serverClock';
import type { SoundGate, SoundState } from '../lib/sound';

/** Everything a page learns without asking. One per signed-in page, fed by the one /ws/live socket. */
export type Live = {
  link: LinkState;
  databaseAvailable: boolean;
  clock: ServerClock;
  levels: LevelStore;
  alerts: readonly Alert[];
  answer: (eventId: string) => void;
  sound: SoundGate;
};

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('useLive is only for signed-in pages');
  return live;
}

export function useLevel(cameraId: number): Level | undefined {
  const { levels } = useLive();
  return useSyncExternalStore(
    (changed) => levels.subscribe(cameraId, changed),
    () => levels.get(cameraId),
  );
}

export function useSoundState(gate: SoundGate): SoundState {
  return useSyncExternalStore(
    (changed) => gate.subscribe(changed),
    () => gate.current,
  );
}
