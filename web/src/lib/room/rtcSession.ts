import { takeIceServers } from '../iceServers';
import { LinkFailure, type Trouble } from './sender';

/** A break this long is more than a door closing between phone and router. */
export const BROKEN_MS = 4000;

/** Where a WHIP or WHEP session is asked for, and as whom. */
export type Where = { address: string; headers: Record<string, string>; credentials: RequestCredentials };

export type Session = {
  peer: RTCPeerConnection;
  isWell: () => boolean;
  /** Whether the server still knows this session; a server that was started again does not. Says yes when it cannot be asked. */
  known: () => Promise<boolean>;
  close: () => void;
};

/** As a device of the room; never as whoever is signed in on it. */
export const withKey = ({ address, key }: { address: string; key: string }): Where => ({
  address,
  headers: { Authorization: `Bearer ${key}` },
  credentials: 'omit',
});

/** What an answer of the server means for the next attempt. */
export function refusalOf(status: number, code: string | undefined, words?: string): LinkFailure {
  if (status === 401) return new LinkFailure({ end: 'revoked' });
  if (status === 406) return new LinkFailure({ trouble: 'noCodec' });
  if (status === 409 && (code === 'paused' || code === 'anotherDevice')) return new LinkFailure({ trouble: code });
  if (status === 503 && code === 'busy') return new LinkFailure({ trouble: 'refused' });
  // 502 to 504 come from a proxy, or from a server that is just starting.
  return new LinkFailure({ trouble: status >= 500 ? 'noServer' : 'refused' }, words);
}

/** Opens a session (RFC 9725); resolves when the connection stands. The server's candidates are all in its answer. */
export async function openSession(
  where: Where,
  prepare: (peer: RTCPeerConnection) => void,
  lost: (trouble: Trouble) => void,
  signal?: AbortSignal,
): Promise<Session> {
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
      void fetch(session, { method: 'DELETE', headers: where.headers, credentials: where.credentials, keepalive: true }).catch(
        () => undefined,
      );
  };
  // What a connection was doing when it was closed never ends, neither well nor badly: the abort itself must end the attempt.
  const aborted = new Promise<never>((_, fails) => {
    signal?.addEventListener('abort', () => {
      close();
      fails(new LinkFailure({ trouble: 'connection' }));
    });
  });
  const begin = async () => {
    prepare(peer);
    const offer = await peer.createOffer();
    const answer = await post(where, offer.sdp ?? '', signal);
    session = answer.session;
    if (over) throw new LinkFailure({ trouble: 'connection' });
    takeIceServers(peer, answer.link);
    const connected = connection(peer, lost);
    await peer.setLocalDescription(offer);
    await peer.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    await connected;
  };
  try {
    await Promise.race([begin(), aborted]);
  } catch (error) {
    close();
    throw error instanceof LinkFailure ? error : new LinkFailure({ trouble: 'connection' });
  }
  const { headers, credentials } = where;
  return {
    peer,
    isWell: () => peer.connectionState === 'connected',
    known: async () => {
      if (!session) return true;
      const asking = { ...headers, 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' };
      const ice = /^a=ice-(ufrag|pwd):.*$/gm;
      const body = [...(peer.localDescription?.sdp.match(ice)?.slice(0, 2) ?? []), 'a=end-of-candidates', ''].join('\r\n');
      const answer = await fetch(session, { method: 'PATCH', headers: asking, credentials, body }).catch(() => null);
      return answer?.status !== 404;
    },
    close,
  };
}

async function post(
  where: Where,
  offer: string,
  signal?: AbortSignal,
): Promise<{ sdp: string; session: string | null; link: string | null }> {
  let response: Response;
  try {
    response = await fetch(where.address, {
      method: 'POST',
      headers: { ...where.headers, 'Content-Type': 'application/sdp' },
      credentials: where.credentials,
      body: offer,
      signal: signal ?? null,
    });
  } catch {
    throw new LinkFailure({ trouble: 'noServer' });
  }
  const text = await response.text();
  if (response.status !== 201) {
    const { code, detail } = problemIn(text);
    throw refusalOf(response.status, code, detail);
  }
  return { sdp: text, session: response.headers.get('Location'), link: response.headers.get('Link') };
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

function problemIn(text: string): { code?: string; detail?: string } {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return { ...(typeof code === 'string' ? { code } : {}), ...(typeof detail === 'string' ? { detail } : {}) };
  } catch {
    return {};
  }
}
