import type { Battery } from './battery';
import type { Quality } from './linkStats';
import type { RoomLink } from './roomSocket';
import type { End, SenderState, Trouble } from './sender';

/** What a page shows of this device as a camera. */
export type RoomView = {
  sender: SenderState;
  link: RoomLink;
  stream: MediaStream | null;
  previewFailure: End | Trouble | null;
  hasMicrophone: boolean;
  /** A call or another app has the microphone. */
  deaf: boolean;
  watchers: { count: number; names: readonly string[] };
  battery: Battery | null;
  quality: Quality | null;
  screenHeld: boolean | null;
  cameraName: string;
  /** What parents call this device; null until Vigil has said it. */
  deviceName: string | null;
  /** Paused by a parent for privacy: the lens is closed meanwhile. */
  paused: boolean;
  /** This phone plays something (a voice, a lullaby): its microphone cancels echo meanwhile. */
  playing: boolean;
};

export function firstView(sender: SenderState, cameraName: string): RoomView {
  return {
    sender,
    link: 'connecting',
    stream: null,
    previewFailure: null,
    hasMicrophone: true,
    deaf: false,
    watchers: { count: 0, names: [] },
    battery: null,
    quality: null,
    screenHeld: null,
    cameraName,
    deviceName: null,
    paused: false,
    playing: false,
  };
}
