/** Milliseconds from the NTP epoch (1900) to Unix's. */
const NTP_OFFSET_MS = 2_208_988_800_000;

type Inbound = { type: string; kind?: string; estimatedPlayoutTimestamp?: number };

/**
 * How long ago the picture that plays now was taken, by the sender's clock (`serverNowMs`: that clock, Unix ms). Null where the
 * browser does not say. Browsers disagree on the epoch of the figure; no camera is from before 1990.
 */
export function takenAgo(report: Iterable<[string, Inbound]> | RTCStatsReport, serverNowMs: number): number | null {
  for (const [, stats] of report as Iterable<[string, Inbound]>) {
    const at = stats.type === 'inbound-rtp' && stats.kind === 'video' ? stats.estimatedPlayoutTimestamp : undefined;
    if (at) return Math.max(0, serverNowMs - (at > NTP_OFFSET_MS + serverNowMs / 2 ? at - NTP_OFFSET_MS : at));
  }
  return null;
}
