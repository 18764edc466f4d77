import type { Choice } from './roomKey';
import { LinkFailure, type Trouble } from './sender';

type Devices = Pick<MediaDevices, 'getUserMedia'>;

/** A microphone that is muted for this long is asked for again: a phone call takes it, and does not always hand it back. */
export const DEAF_MS = 10_000;

/** 720p shows a whole room; more only makes an old phone hot. */
export function videoWish(choice: Choice): MediaTrackConstraints {
  return {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 25, max: 30 },
    ...(choice.camera ? { deviceId: { ideal: choice.camera } } : { facingMode: { ideal: choice.facing } }),
  };
}

/**
 * Browsers tune microphones for talking: gain control pumps a quiet room up until thresholds mean nothing, and noise suppression
 * takes a cry for noise. Echo cancellation only while this phone plays something itself.
 */
export function audioWish(choice: Choice, playing: boolean): MediaTrackConstraints {
  return {
    autoGainControl: false,
    noiseSuppression: false,
    echoCancellation: playing,
    ...(choice.microphone ? { deviceId: { ideal: choice.microphone } } : {}),
  };
}

/** What getUserMedia says, in our words. */
export function captureFailure(error: unknown): LinkFailure {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return new LinkFailure({ end: 'notAllowed' });
  const trouble: Trouble = name === 'NotFoundError' || name === 'OverconstrainedError' ? 'noCamera' : 'cameraTaken';
  return new LinkFailure({ trouble });
}

/** Camera and microphone of this device, opened again whenever something took them away. */
export class Capture {
  private readonly devices: Devices;
  private readonly ended: () => void;
  private readonly muted: () => void;
  private readonly changed: (stream: MediaStream | null) => void;
  private choice: Choice;
  private playing = false;
  private open: MediaStream | null = null;
  private opening: Promise<MediaStream> | null = null;
  private generation = 0;
  private deafSince: number | null = null;
  private microphones = 0;

  constructor(
    choice: Choice,
    events: { ended: () => void; muted: () => void; changed: (stream: MediaStream | null) => void },
    devices: Devices = navigator.mediaDevices,
  ) {
    this.choice = choice;
    this.ended = events.ended;
    this.muted = events.muted;
    this.changed = events.changed;
    this.devices = devices;
  }

  get stream(): MediaStream | null {
    return this.open;
  }

  /** A call or another app has the microphone: the track lives, the picture goes on, and nothing is heard. */
  get isDeaf(): boolean {
    return this.open?.getAudioTracks()[0]?.muted === true;
  }

  /** To be called regularly. A new microphone track when the present one has been muted for too long; else null. */
  async hearAgain(now: number): Promise<MediaStreamTrack | null> {
    this.deafSince = this.isDeaf ? (this.deafSince ?? now) : null;
    if (this.deafSince === null || now - this.deafSince < DEAF_MS) return null;
    this.deafSince = now;
    return this.newMicrophone();
  }

  /** The running stream, or a new one when a track of the old one has ended. */
  async ensure(): Promise<MediaStream> {
    if (this.open?.getTracks().every((track) => track.readyState === 'live')) return this.open;
    this.opening ??= this.start(++this.generation).finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  choose(choice: Choice): void {
    this.choice = choice;
    this.close();
  }

  /** A new microphone track with (or without) echo cancellation; null when the present one is right already. */
  async setPlaying(playing: boolean): Promise<MediaStreamTrack | null> {
    if (playing === this.playing) return null;
    this.playing = playing;
    // Chromium ignores applyConstraints for this one, and Safari has one voice unit per page: only a new track is sure to obey.
    return this.newMicrophone();
  }

  close(): void {
    this.generation++;
    this.opening = null;
    const stream = this.open;
    this.open = null;
    for (const track of stream?.getTracks() ?? []) {
      track.onended = track.onmute = track.onunmute = null;
      track.stop();
    }
    if (stream) this.changed(null);
  }

  private async start(mine: number): Promise<MediaStream> {
    for (const track of this.open?.getTracks() ?? []) track.stop();
    this.open = null;
    const stream = await this.ask();
    if (mine !== this.generation) {
      for (const track of stream.getTracks()) track.stop();
      throw new LinkFailure({ trouble: 'cameraTaken' });
    }
    for (const track of stream.getTracks()) this.listen(track);
    this.open = stream;
    this.changed(stream);
    return stream;
  }

  private async newMicrophone(): Promise<MediaStreamTrack | null> {
    const stream = this.open;
    if (!stream?.getAudioTracks().length) return null;
    const mine = ++this.microphones;
    const next = (await this.devices.getUserMedia({ audio: audioWish(this.choice, this.playing) })).getAudioTracks()[0];
    const before = stream.getAudioTracks()[0];
    if (!next || !before || this.open !== stream || mine !== this.microphones) {
      next?.stop();
      return null;
    }
    this.listen(next);
    stream.removeTrack(before);
    before.stop();
    stream.addTrack(next);
    return next;
  }

  private async ask(): Promise<MediaStream> {
    const video = videoWish(this.choice);
    try {
      return await this.devices.getUserMedia({ video, audio: audioWish(this.choice, this.playing) });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'NotFoundError') throw captureFailure(error);
    }
    // No microphone at all: the picture alone is still worth sending, and the page says that nothing is heard.
    try {
      return await this.devices.getUserMedia({ video });
    } catch (error) {
      throw captureFailure(error);
    }
  }

  private listen(track: MediaStreamTrack): void {
    // Another app took it, the phone was locked, the plug was pulled.
    track.onended = () => this.ended();
    track.onmute = track.onunmute = () => this.muted();
    if ('contentHint' in track) track.contentHint = track.kind === 'video' ? 'motion' : 'music';
  }
}
