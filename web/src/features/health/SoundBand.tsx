import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { useCameras } from '../../api/queries';
import { TimeChart } from './TimeChart';

/** The loudness of the first room, on the time of the readings: the loudest moment of each hour. */
export function SoundBand({ from, to, times, zone }: { from: string; to: string; times: readonly number[]; zone: string | undefined }) {
  const camera = useCameras().data?.[0];
  const levels = useQuery({
    queryKey: keys.soundBand(camera?.id ?? 0, times.length),
    queryFn: () => calls.levels(camera?.id ?? 0, from, to),
    enabled: camera !== undefined,
  });
  const loudest = useMemo(() => {
    const first = times[0] ?? 0;
    const values: (number | null)[] = times.map(() => null);
    for (const point of levels.data?.points ?? []) {
      const i = Math.floor((Date.parse(point.at) / 1000 - first) / 3600);
      if (i >= 0 && i < values.length) values[i] = Math.max(values[i] ?? 0, point.max / 327.67);
    }
    return values;
  }, [levels.data, times]);
  if (!camera || !levels.data) return null;
  return (
    <TimeChart
      label={`Sound, ${camera.name}`}
      unit=" %"
      kind="area"
      colour="#a99d8f"
      times={times}
      values={loudest}
      zone={zone}
      least={0}
      most={100}
    />
  );
}
