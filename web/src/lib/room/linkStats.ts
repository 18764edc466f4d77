/** What a moment of sending looked like, read from RTCPeerConnection.getStats(). Counters only grow within one session. */
export type Sample = {
  /** Milliseconds of the page's own clock. */
  at: number;
  bytes: number;
  frames: number;
  packets: number;
  lost: number;
  rttMs: number | null;
};

/** How well the phone reaches Vigil. */
export type Quality = { rttMs: number | null; lossPercent: number | null; bitrate: number | null };

export type StatsEntry = { type: string } & Record<string, unknown>;

export function sampleOf(entries: Iterable<StatsEntry>, at: number): Sample {
  const sample: Sample = { at, bytes: 0, frames: 0, packets: 0, lost: 0, rttMs: null };
  for (const entry of entries) {
    if (entry.type === 'outbound-rtp') {
      sample.bytes += number(entry.bytesSent) ?? 0;
      sample.packets += number(entry.packetsSent) ?? 0;
      if (entry.kind === 'video') sample.frames += number(entry.framesSent) ?? number(entry.framesEncoded) ?? 0;
    } else if (entry.type === 'remote-inbound-rtp') {
      sample.lost += Math.max(0, number(entry.packetsLost) ?? 0);
      sample.rttMs ??= milliseconds(entry.roundTripTime);
    } else if (entry.type === 'candidate-pair' && entry.nominated === true) {
      // The path itself is asked every few seconds, also where no receiver reports.
      sample.rttMs = milliseconds(entry.currentRoundTripTime) ?? sample.rttMs;
    }
  }
  return sample;
}

export function qualityBetween(before: Sample, now: Sample): Quality {
  const seconds = (now.at - before.at) / 1000;
  const packets = now.packets - before.packets;
  const lost = Math.max(0, now.lost - before.lost);
  return {
    rttMs: now.rttMs === null ? null : Math.round(now.rttMs),
    lossPercent: packets > 0 ? Math.min(100, Math.round((lost / packets) * 1000) / 10) : null,
    bitrate: seconds > 0 && now.bytes >= before.bytes ? Math.round(((now.bytes - before.bytes) * 8) / seconds) : null,
  };
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function milliseconds(seconds: unknown): number | null {
  const value = number(seconds);
  return value === null ? null : value * 1000;
}
