import { takenAgo } from './captureAge';
import { makeVideo, type Sink, watchFrames } from './sink';
import { type WhepFailure, WhepSession } from './whep';

/** Connected, and still no first picture: the way leads nowhere. The server begins with its newest key frame at once. */
const FIRST_PICTURE_MS = 4000;
const ASK_EVERY_MS = 1000;
const DEAD_AFTER_MS = 3000;

export type RtcEvents = {
  /** A picture reached the screen; how old it was then, or null while nobody knows. */
  shown: (ageMs: number | null) => void;
  connected: (connected: boolean) => void;
  /** The way is over. The last picture stays in the element until `close`. */
  failed: (why: WhepFailure) => void;
  soundBlocked: () => void;
};

/** WebRTC: the picture as the camera's packets come, without a player's buffer. */
export class RtcSink implements Sink {
  readonly element: HTMLVideoElement;
  private readonly session: WhepSession;
  private readonly stopWatching: () => void;
  private readonly asking: number;
  private first: number | null = null;
  private lastShownAt: number | null = null;
  private reported: number | null = null;

  constructor(address: string, sound: boolean, serverNow: () => number | null, events: RtcEvents, element: HTMLVideoElement = makeVideo()) {
    this.element = element;
    const stream = new MediaStream();
    const tooLate = () => {
      // A hidden page shows no pictures; that is no fault of the way.
      if (document.hidden) this.first = window.setTimeout(tooLate, FIRST_PICTURE_MS);
      else events.failed('stopped');
    };
    this.stopWatching = watchFrames(element, (_media, frame) => {
      if (this.first !== null) window.clearTimeout(this.first);
      this.first = null;
      this.lastShownAt = performance.now();
      events.shown(frame?.captureTime !== undefined ? Math.max(0, frame.expectedDisplayTime - frame.captureTime) : this.reported);
    });
    this.session = new WhepSession(
      address,
      { video: true, audio: sound },
      {
        track: (track, receiver) => {
          hurry(receiver);
          stream.addTrack(track);
        },
        connected: (connected) => {
          if (connected) this.first ??= window.setTimeout(tooLate, FIRST_PICTURE_MS);
          events.connected(connected);
        },
        failed: (why) => events.failed(why),
      },
    );
    this.asking = window.setInterval(() => void this.ask(serverNow), ASK_EVERY_MS);
    element.srcObject = stream;
    element.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      element.muted = true;
      events.soundBlocked();
      element.play().catch(() => undefined);
    });
  }

  push(): void {
    // Packets come by their own road.
  }

  close(): void {
    if (this.first !== null) window.clearTimeout(this.first);
    window.clearInterval(this.asking);
    this.stopWatching();
    this.session.close(this.lastShownAt !== null && performance.now() - this.lastShownAt > DEAD_AFTER_MS);
    this.element.srcObject = null;
  }

  /** For browsers that do not say it of each picture: the sender's time of what plays now, held against the server's clock. */
  private async ask(serverNow: () => number | null): Promise<void> {
    const report = await this.session.getStats().catch(() => null);
    const now = serverNow();
    this.reported = report && now !== null ? takenAgo(report, now) : null;
  }
}

/** Nothing is kept back for smoothness: a parent wants to see now. */
function hurry(receiver: RTCRtpReceiver & { jitterBufferTarget?: number | null; playoutDelayHint?: number | null }): void {
  try {
    receiver.jitterBufferTarget = 0;
    receiver.playoutDelayHint = 0;
  } catch {
    // A browser of its own mind: it keeps its buffer.
  }
}
