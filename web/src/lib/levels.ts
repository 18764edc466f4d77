/** Peaks are 16-bit (0…32767). People hear in ratios, so meters are logarithmic: −60 dB is the left end, full scale the right. */
export const FULL_SCALE = 32767;
const FLOOR_DB = -60;

export function levelFraction(peak: number): number {
  if (peak <= 0) return 0;
  const db = 20 * Math.log10(Math.min(peak, FULL_SCALE) / FULL_SCALE);
  return Math.max(0, 1 - db / FLOOR_DB);
}

export function peakAt(fraction: number): number {
  const clamped = Math.min(1, Math.max(0, fraction));
  return Math.round(FULL_SCALE * 10 ** ((FLOOR_DB * (1 - clamped)) / 20));
}

/** A threshold as people read it: 0 is the quietest that can be set, 100 the loudest. */
export function percent(peak: number): number {
  return Math.round(levelFraction(peak) * 100);
}

export type LevelName = 'none' | 'yellow' | 'red';
export type Level = { peak: number; level: LevelName; receivedAt: number };

/** The newest level of each camera, outside the query cache because it changes four times a second. */
export class LevelStore {
  private readonly levels = new Map<number, Level>();
  private readonly listeners = new Map<number, Set<() => void>>();

  set(cameraId: number, level: Level): void {
    this.levels.set(cameraId, level);
    for (const listener of this.listeners.get(cameraId) ?? []) listener();
  }

  get(cameraId: number): Level | undefined {
    return this.levels.get(cameraId);
  }

  clear(): void {
    const ids = [...this.levels.keys()];
    this.levels.clear();
    for (const id of ids) for (const listener of this.listeners.get(id) ?? []) listener();
  }

  subscribe(cameraId: number, listener: () => void): () => void {
    const set = this.listeners.get(cameraId) ?? new Set();
    this.listeners.set(cameraId, set);
    set.add(listener);
    return () => set.delete(listener);
  }
}
