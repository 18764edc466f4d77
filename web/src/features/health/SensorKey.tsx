import { Button } from '@mantine/core';
import { useState } from 'react';
import { useLive } from '../../api/live';
import type { Device } from '../../api/types';
import { ago } from '../../lib/time';
import { useNow } from '../../ui/hooks';

/** One sensor, and taking its key away in two taps. */
export function SensorKey({ sensor, remove }: { sensor: Device; remove: () => void }) {
  const { clock } = useLive();
  const now = useNow(10_000) + (clock.offsetMs ?? 0);
  const [sure, setSure] = useState(false);
  const seen = sensor.lastSeenAt ? `sent ${ago(now - Date.parse(sensor.lastSeenAt))}` : 'has sent nothing yet';
  return (
    <li>
      <div>
        <strong>{sensor.name}</strong>
        <span>
          {sensor.cameraName} · {seen} · key {sensor.prefix}…
        </span>
      </div>
      {sure ? (
        <Button color="red" onClick={remove}>
          Yes, it sends no more
        </Button>
      ) : (
        <Button variant="outline" color="red" aria-label={`Take the key of ${sensor.name} away`} onClick={() => setSure(true)}>
          Take its key away
        </Button>
      )}
    </li>
  );
}
