import { useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { useMe } from '../../api/queries';
import type { Camera, LevelHistory } from '../../api/types';
import { levelFraction } from '../../lib/levels';
import { clock } from '../../lib/time';
import css from './camera.module.css';

const HOURS = 1;
const COLUMNS = 180;

/** The loudest sound of each part of the last hour. Gaps stay empty: nothing known is not the same as quiet. */
export function SoundHistory({ camera }: { camera: Camera }) {
  const zone = useMe().data?.household.timeZone;
  const history = useQuery({
    queryKey: keys.levels(camera.id),
    queryFn: async () => {
      const to = new Date();
      const from = new Date(to.getTime() - HOURS * 3_600_000);
      return { from: from.getTime(), to: to.getTime(), ...(await calls.levels(camera.id, from.toISOString(), to.toISOString())) };
    },
    refetchInterval: 20_000,
    retry: false,
  });
  if (!history.data) return history.isError ? <p className={css.facts}>The sound of the last hour is not to be had now.</p> : null;
  const { from, to, points } = history.data;
  const columns = columnsOf(points, from, to);
  const at = (ms: number) => clock(new Date(ms).toISOString(), zone).slice(0, 5);
  return (
    <div>
      <svg
        className={css.history}
        viewBox={`0 0 ${COLUMNS} 64`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Loudness during the last hour"
      >
        <line x1="0" x2={COLUMNS} y1="63.5" y2="63.5" stroke="var(--line)" />
        {columns.map((peak, index) => {
          if (peak === null) return null;
          const height = Math.max(1, levelFraction(peak) * 62);
          const colour = peak >= camera.redThreshold ? 'var(--red)' : peak >= camera.yellowThreshold ? 'var(--amber)' : 'var(--calm)';
          // Columns are places on a fixed axis, so their index is their identity.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above.
          return <rect key={index} x={index} y={63 - height} width="0.8" height={height} fill={colour} />;
        })}
      </svg>
      <div className={css.caption}>
        <span>{at(from)}</span>
        <span>last hour</span>
        <span>{at(to)}</span>
      </div>
    </div>
  );
}

export function columnsOf(points: LevelHistory['points'], from: number, to: number, count = COLUMNS): (number | null)[] {
  const columns: (number | null)[] = new Array(count).fill(null);
  for (const point of points) {
    const index = Math.floor(((Date.parse(point.at) - from) / (to - from)) * count);
    if (index >= 0 && index < count) columns[index] = Math.max(columns[index] ?? 0, point.max);
  }
  return columns;
}
