import type { Path } from './paths';
import type { PlayerView } from './view';
import type { WhepFailure } from './whep';

const ways: Record<Path, string> = {
  webrtc: 'WebRTC',
  webcodecs: 'WebCodecs',
  mse: 'MSE',
  hls: 'HLS, some seconds behind',
  mjpeg: 'single pictures',
};

const reasons: Record<WhepFailure, string> = {
  unreachable: 'WebRTC does not get through this network',
  stopped: 'WebRTC stopped',
  notNow: 'WebRTC was not to be had',
  noCodec: 'WebRTC cannot carry this camera',
  noSound: 'WebRTC has no sound of this camera',
};

/** Which way the picture comes, and why not a better one. */
export function wayWords({ path, passedOver }: Pick<PlayerView, 'path' | 'passedOver'>): string {
  if (!path) return '';
  return path === 'webrtc' || !passedOver ? ways[path] : `${ways[path]} (${reasons[passedOver]})`;
}
