import { type WhepFailure, WhepSession } from '../player/whep';

/** A little more than the network needs: a night is long, and a tenth of a second of delay wakes nobody. */
const BUFFER_MS = 150;
const DEAD_AFTER_MS = 3000;

export type RoomSoundEvents = { failed: (why: WhepFailure) => void };

/** The sound of one room by WebRTC, into an audio graph. */
export class RoomSound {
  private readonly session: WhepSession;
  private readonly pump = new Audio();
  private source: MediaStreamAudioSourceNode | null = null;
  private receiver: RTCRtpReceiver | null = null;
  private lastPacketAt = 0;

  constructor(address: string, context: AudioContext, into: AudioNode, events: RoomSoundEvents) {
    // Chromium moves a remote stream only while a media element takes it, even a silent one.
    this.pump.muted = true;
    this.session = new WhepSession(
      address,
      { video: false, audio: true },
      {
        track: (track, receiver) => {
          const stream = new MediaStream([track]);
          this.receiver = receiver;
          if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = BUFFER_MS;
          this.pump.srcObject = stream;
          this.pump.play().catch(() => undefined);
          this.source = context.createMediaStreamSource(stream);
          this.source.connect(into);
        },
        connected: () => undefined,
        failed: (why) => events.failed(why),
      },
    );
  }

  /** Has a packet been played since the last question? Answers from what arrived, not from what a player makes up in gaps. */
  arrived(): boolean {
    const at = this.receiver?.getSynchronizationSources()[0]?.timestamp ?? 0;
    if (at <= this.lastPacketAt) return false;
    this.lastPacketAt = at;
    return true;
  }

  close(): void {
    this.source?.disconnect();
    this.pump.srcObject = null;
    this.session.close(this.lastPacketAt > 0 && Date.now() - this.lastPacketAt > DEAD_AFTER_MS);
  }
}
