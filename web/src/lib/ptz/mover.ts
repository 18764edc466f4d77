export type Velocity = { pan: number; tilt: number; zoom: number };
export type Wheel = { move: (velocity: Velocity) => Promise<unknown>; stop: () => Promise<unknown> };

/** The server stops a camera a second after it was last asked: often enough for a slow network. */
const AGAIN_MS = 350;

/** Holds a button for a camera: asks again and again while it is held, and says stop last of all. One request at a time, in order. */
export class Mover {
  private readonly wheel: Wheel;
  private readonly failed: (problem: unknown) => void;
  private held: Velocity | null = null;
  private running = false;
  private wake: (() => void) | null = null;

  constructor(wheel: Wheel, failed: (problem: unknown) => void) {
    this.wheel = wheel;
    this.failed = failed;
  }

  hold(velocity: Velocity): void {
    this.held = velocity;
    this.wake?.();
    if (!this.running) void this.run();
  }

  release(): void {
    this.held = null;
    this.wake?.();
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      // A press that is over before the first request was sent still moves a little.
      let next = this.held;
      while (next) {
        await this.wheel.move(next);
        if (this.held) await this.pause();
        next = this.held;
      }
    } catch (problem) {
      this.held = null;
      this.failed(problem);
    }
    try {
      await this.wheel.stop();
    } catch (problem) {
      this.failed(problem);
    }
    this.running = false;
    if (this.held) void this.run();
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = window.setTimeout(resolve, AGAIN_MS);
      this.wake = () => {
        window.clearTimeout(timer);
        this.wake = null;
        resolve();
      };
    });
  }
}
