import { openSession, type Session, withKey } from './rtcSession';
import { type Link, LinkFailure, type Trouble } from './sender';

/** Enough for 720p of a room at night; a busy Wi-Fi gets less by itself. */
export const MAX_BITRATE = 2_500_000;

export type Published = Link & {
  stats: () => Promise<RTCStatsReport>;
  known: Session['known'];
  replaceAudio: (track: MediaStreamTrack) => Promise<void>;
};

type Codec = { mimeType: string; sdpFmtpLine?: string };

const isH264 = ({ mimeType }: Codec) => /^video\/h264$/i.test(mimeType);

/** H.264 first, the variant every decoder has (packetization 1, constrained baseline) before the others; helpers such as rtx stay. */
export function preferH264<C extends Codec>(codecs: readonly C[]): C[] {
  const rank = ({ mimeType, sdpFmtpLine = '' }: C) => {
    if (!isH264({ mimeType })) return /^video\/(vp8|vp9|av1|h265|hevc)$/i.test(mimeType) ? 9 : 5;
    if (!/packetization-mode=1/.test(sdpFmtpLine)) return 4;
    if (/profile-level-id=42e01f/i.test(sdpFmtpLine)) return 0;
    return /profile-level-id=42/i.test(sdpFmtpLine) ? 1 : 2;
  };
  return codecs
    .filter((codec) => rank(codec) < 9)
    .map((codec, index) => ({ codec, index }))
    .sort((a, b) => rank(a.codec) - rank(b.codec) || a.index - b.index)
    .map(({ codec }) => codec);
}

/** Publishes by WHIP (RFC 9725) with the room's key; resolves when the connection stands. */
export async function publish(
  stream: MediaStream,
  where: { address: string; key: string },
  lost: (trouble: Trouble) => void,
  signal: AbortSignal,
): Promise<Published> {
  // Without it Vigil would take the sound alone, and nobody would be told why the room stays dark.
  const codecs = RTCRtpSender.getCapabilities?.('video')?.codecs;
  if (stream.getVideoTracks().length > 0 && codecs?.some(isH264) === false) throw new LinkFailure({ trouble: 'noCodec' });
  const { peer, isWell, known, close } = await openSession(withKey(where), (peer) => offerTracks(peer, stream), lost, signal);
  return {
    isWell,
    close,
    stats: () => peer.getStats(),
    known,
    replaceAudio: async (track) => {
      const sender = peer.getSenders().find((one) => one.track?.kind === 'audio' || one.track === null);
      await sender?.replaceTrack(track);
    },
  };
}

function offerTracks(peer: RTCPeerConnection, stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    const isVideo = track.kind === 'video';
    const transceiver = peer.addTransceiver(track, {
      direction: 'sendonly',
      streams: [stream],
      ...(isVideo ? { sendEncodings: [{ maxBitrate: MAX_BITRATE, maxFramerate: 30 }] } : {}),
    });
    if (!isVideo) continue;
    const codecs = RTCRtpSender.getCapabilities?.('video')?.codecs;
    if (codecs && 'setCodecPreferences' in transceiver) {
      const wanted = preferH264(codecs);
      if (wanted.some(isH264)) transceiver.setCodecPreferences(wanted);
    }
    const parameters = transceiver.sender.getParameters();
    // A sharp picture that stutters shows less than a soft one that moves, but a face must stay a face.
    parameters.degradationPreference = 'balanced';
    void transceiver.sender.setParameters(parameters).catch(() => undefined);
  }
}
