const ONE = /<([^<>]*)>((?:\s*;\s*[\w-]+="[^"]*")*)/g;

/** The STUN and TURN servers that an answer to WHIP or WHEP names (RFC 9725 §4.6). */
export function iceServersIn(link: string | null): RTCIceServer[] {
  return [...(link ?? '').matchAll(ONE)].flatMap(([, urls = '', rest = '']) => {
    const said = (name: string) => new RegExp(`;\\s*${name}="([^"]*)"`).exec(rest)?.[1];
    if (said('rel') !== 'ice-server') return [];
    const [username, credential] = [said('username'), said('credential')];
    return [{ urls, ...(username !== undefined && credential !== undefined ? { username, credential } : {}) }];
  });
}

/** To be called before the local description is set: from then on a browser gathers with what it knows. */
export function takeIceServers(peer: RTCPeerConnection, link: string | null): void {
  const iceServers = iceServersIn(link);
  if (iceServers.length === 0) return;
  try {
    peer.setConfiguration({ ...peer.getConfiguration(), iceServers });
  } catch {
    // A browser that cannot, or an address that it does not take: the straight way is left.
  }
}
