import type { Recording } from '../../api/types';
import { bytes, length } from '../../lib/time';

/** 0:07, 12:40, 1:02:03. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export function whyRecorded(recording: Recording): string {
  switch (recording.kind) {
    case 'continuous':
      return 'This camera is always recorded.';
    case 'scheduled':
      return 'A schedule records it now.';
    case 'alert':
      return 'A noise is being recorded.';
    default:
      return '';
  }
}

export const kindWords: Record<Recording['kind'], string> = {
  manual: 'By hand',
  scheduled: 'Schedule',
  continuous: 'Always on',
  alert: 'Noise',
};

const reasons: Record<Recording['gaps'][number]['reason'], string> = {
  notRecorded: 'not recorded',
  cameraGone: 'camera gone',
  paused: 'paused',
  diskFull: 'disk full',
  diskFailed: 'disk failed',
  tooSlow: 'disk too slow',
  restart: 'Vigil restarted',
  interrupted: 'Vigil was interrupted',
  deleted: 'deleted',
};

/** What is missing, in words; null when nothing is. */
export function gapWords(recording: Recording): string | null {
  if (recording.gaps.length === 0) return null;
  const missing = recording.gaps.reduce((sum, gap) => sum + (Date.parse(gap.to) - Date.parse(gap.from)) / 1000, 0);
  const why = [...new Set(recording.gaps.map((gap) => reasons[gap.reason]))].join(', ');
  return `${length(missing)} missing: ${why}`;
}

export function facts(recording: Recording): string {
  const picture = recording.height > 0 ? `${recording.width} × ${recording.height}` : null;
  const rate = recording.frameRate > 0 ? `${Math.round(recording.frameRate)} pictures/s` : null;
  return [length(recording.durationSeconds), bytes(recording.bytes), picture, rate].filter(Boolean).join(' · ');
}

export function origin(recording: Recording): string {
  return recording.startedBy ? `${kindWords[recording.kind]}, ${recording.startedBy}` : kindWords[recording.kind];
}
