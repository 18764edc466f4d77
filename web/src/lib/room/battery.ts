export type Battery = { level: number; charging: boolean };

type BatteryManager = EventTarget & Battery;
type Source = { getBattery?: () => Promise<BatteryManager> };

/** Tells the battery's state now and on every change. Safari and Firefox do not say; then nothing is told. */
export function watchBattery(tell: (battery: Battery) => void, source: Source = navigator as Source): () => void {
  let over = false;
  let manager: BatteryManager | null = null;
  const look = () => {
    if (manager && !over) tell({ level: manager.level, charging: manager.charging });
  };
  const names = ['levelchange', 'chargingchange'];
  source.getBattery?.().then(
    (found) => {
      if (over) return;
      manager = found;
      for (const name of names) found.addEventListener(name, look);
      look();
    },
    () => undefined,
  );
  return () => {
    over = true;
    for (const name of names) manager?.removeEventListener(name, look);
  };
}
