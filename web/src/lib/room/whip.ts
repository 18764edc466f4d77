import { type Link, LinkFailure, type Trouble } from './sender';

/** Enough for 720p of a room at night; a busy Wi-Fi gets less by itself. */
export const MAX_BITRATE = 2_500_000;
/** A break this long is more than a door closing between phone and router. */
export const BROKEN_MS = 4000;

export type Published = Link & {
  stats: () => Promise<RTCStatsReport>;
  /** Whether the server still knows this session; a server that was started again does not. Says yes when it cannot be asked. */
  known: () => Promise<boolean>;
  replaceAudio: (track: MediaStreamTrack) => Promise<void>;
};

type Codec = { mimeType: string; sdpFmtpLine?: string };

/** H.264 first, the variant every decoder has (packetization 1, constrained baseline) before the others; helpers such as rtx stay. */
export function preferH264<C extends Codec>(codecs: readonly C[]): C[] {
  const rank = ({ mimeType, sdpFmtpLine = '' }: C) => {
    if (!/^video\/h264$/i.test(mimeType)) return /^video\/(vp8|vp9|av1|h265|hevc)$/i.test(mimeType) ? 9 : 5;
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

/** What an answer of the server means for the next attempt. */
export function refusalOf(status: number, code: string | undefined): LinkFailure {
  if (status === 401) return new LinkFailure({ end: 'revoked' });
  if (status === 406) return new LinkFailure({ trouble: 'noCodec' });
  if (status === 409 && (code === 'paused' || code === 'anotherDevice')) return new LinkFailure({ trouble: code });
  if (status === 503 && code === 'busy') return new LinkFailure({ trouble: 'refused' });
  // 502 to 504 come from a proxy, or from a server that is just starting.
  return new LinkFailure({ trouble: status >= 500 ? 'noServer' : 'refused' });
}

type Where = { address: string; key: string };

/** Publishes by WHIP (RFC 9725); resolves when the connection stands. The server's candidates are all in its answer. */
export async function publish(
  stream: MediaStream,
  where: Where,
  lost: (trouble: Trouble) => void,
  signal: AbortSignal,
): Promise<Published> {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  let session: string | null = null;
  let over = false;
  const close = () => {
    if (over) return;
    over = true;
    const stood = peer.connectionState === 'connected';
    peer.onconnectionstatechange = null;
    peer.close();
    // A session that broke is most often unknown to the server by now, and frees itself if it is not.
    if (session && stood)
      void fetch(session, { method: 'DELETE', headers: bearer(where), credentials: 'omit', keepalive: true }).catch(() => undefined);
  };
  signal.addEventListener('abort', close);
  try {
    offerTracks(peer, stream);
    await peer.setLocalDescription(await peer.createOffer());
    const answer = await post(where, peer.localDescription?.sdp ?? '', signal);
    session = answer.session;
    if (over) throw new LinkFailure({ trouble: 'connection' });
    const connected = connection(peer, lost);
    await peer.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    await connected;
  } catch (error) {
    close();
    throw error instanceof LinkFailure ? error : new LinkFailure({ trouble: 'connection' });
  }
  return {
    isWell: () => peer.connectionState === 'connected',
    close,
    stats: () => peer.getStats(),
    known: async () => {
      if (!session) return true;
      const headers = { ...bearer(where), 'Content-Type': 'application/trickle-ice-sdpfrag' };
      const answer = await fetch(session, { method: 'PATCH', headers, credentials: 'omit', body: '' }).catch(() => null);
      return answer?.status !== 404;
    },
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
      if (wanted.some(({ mimeType }) => /h264/i.test(mimeType))) transceiver.setCodecPreferences(wanted);
    }
    const parameters = transceiver.sender.getParameters();
    // A sharp picture that stutters shows less than a soft one that moves, but a face must stay a face.
    parameters.degradationPreference = 'balanced';
    void transceiver.sender.setParameters(parameters).catch(() => undefined);
  }
}

async function post(where: Where, offer: string, signal: AbortSignal): Promise<{ sdp: string; session: string | null }> {
  let response: Response;
  try {
    response = await fetch(where.address, {
      method: 'POST',
      headers: { ...bearer(where), 'Content-Type': 'application/sdp' },
      credentials: 'omit',
      body: offer,
      signal,
    });
  } catch {
    throw new LinkFailure({ trouble: 'noServer' });
  }
  const text = await response.text();
  if (response.status !== 201) throw refusalOf(response.status, codeIn(text));
  return { sdp: text, session: response.headers.get('Location') };
}

function connection(peer: RTCPeerConnection, lost: (trouble: Trouble) => void): Promise<void> {
  return new Promise((stands, fails) => {
    let stood = false;
    let breaking = 0;
    peer.onconnectionstatechange = () => {
      window.clearTimeout(breaking);
      const state = peer.connectionState;
      if (state === 'connected') {
        stood = true;
        stands();
      } else if (state === 'failed' || state === 'closed') {
        if (stood) lost('connection');
        else fails(new LinkFailure({ trouble: 'connection' }));
      } else if (state === 'disconnected' && stood) {
        breaking = window.setTimeout(() => lost('connection'), BROKEN_MS);
      }
    };
  });
}

const bearer = ({ key }: Where) => ({ Authorization: `Bearer ${key}` });

function codeIn(text: string): string | undefined {
  try {
    const { code } = JSON.parse(text) as { code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
