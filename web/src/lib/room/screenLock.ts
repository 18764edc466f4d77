/** Keeps the screen on while this device is a camera: a phone that locks itself stops its camera. */
export class ScreenLock {
  private readonly told: (held: boolean) => void;
  private lock: WakeLockSentinel | null = null;
  private wanted = false;

  constructor(told: (held: boolean) => void) {
    this.told = told;
  }

  hold(): void {
    this.wanted = true;
    document.addEventListener('visibilitychange', this.again);
    this.again();
  }

  release(): void {
    this.wanted = false;
    document.removeEventListener('visibilitychange', this.again);
    const lock = this.lock;
    this.lock = null;
    void lock?.release().catch(() => undefined);
  }

  /** The browser takes the lock away whenever the page is hidden, and refuses it while the battery is low: to be called regularly. */
  readonly again = () => void this.ask();

  private async ask(): Promise<void> {
    if (!this.wanted || document.hidden || this.lock) return;
    try {
      if (!('wakeLock' in navigator)) throw new Error('no wake lock');
      const lock = await navigator.wakeLock.request('screen');
      if (!this.wanted || this.lock) {
        await lock.release();
        return;
      }
      this.lock = lock;
      lock.addEventListener('release', () => {
        if (this.lock !== lock) return;
        this.lock = null;
        this.told(false);
        this.again();
      });
      this.told(true);
    } catch {
      // Low battery, or an old browser: said on the page, because the phone may lock itself now.
      this.told(false);
    }
  }
}
