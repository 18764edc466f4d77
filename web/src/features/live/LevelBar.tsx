import { useLevel } from '../../api/live';
import { levelFraction } from '../../lib/levels';
import { useNow } from '../../ui/hooks';
import css from './level.module.css';

const words = { none: 'quiet', yellow: 'some noise', red: 'loud' } as const;

/** The thin sound bar under a tile. Empty and hatched when nothing has been heard for three seconds: no sound is not silence. */
export function LevelBar({ cameraId, hasAudio }: { cameraId: number; hasAudio: boolean }) {
  const level = useLevel(cameraId);
  useNow();
  const known = level !== undefined && performance.now() - level.receivedAt < 3000;
  if (!hasAudio && !known) return <div className={css.none}>no sound</div>;
  const label = known ? `Sound: ${words[level.level]}` : 'Sound: not heard';
  return (
    <div className={css.bar} data-level={known ? level.level : 'unknown'} role="img" aria-label={label}>
      <div className={css.fill} style={{ transform: `scaleX(${known ? levelFraction(level.peak).toFixed(3) : 0})` }} />
    </div>
  );
}
