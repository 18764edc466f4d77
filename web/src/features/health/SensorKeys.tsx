import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import { useCameras } from '../../api/queries';
import type { Camera } from '../../api/types';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './health.module.css';
import { SensorKey } from './SensorKey';

/** Sensors that send readings by themselves: whose key is good, when it was last used, a new one, and taking one away. */
export function SensorKeys() {
  const rooms = (useCameras().data ?? []).filter((camera) => camera.access === 'admin');
  const devices = useQuery({ queryKey: keys.devices, queryFn: calls.devices, enabled: rooms.length > 0, refetchInterval: 60_000 });
  const queries = useQueryClient();
  const revoke = useMutation({ mutationFn: calls.revokeDevice, onSettled: () => queries.invalidateQueries({ queryKey: keys.devices }) });
  if (rooms.length === 0) return null;
  // What sends a picture stands with its room; every other key stands here, so that none is out of sight.
  const sensors = devices.data?.filter(({ scopes }) => !scopes.includes('publish'));
  const error = revoke.error ?? (sensors ? null : devices.error);
  return (
    <Panel
      title="Sensors"
      hint="A thermometer that sends by itself, an ESP32 for example, has a key for its room. With it, it can send readings and nothing else."
    >
      {error && <Note tone="bad">{wordsOf(error)}</Note>}
      {sensors?.length === 0 && <p className={css.quiet}>No sensor has a key yet.</p>}
      <ul className={css.sensors}>
        {sensors?.map((sensor) => (
          <SensorKey key={sensor.id} sensor={sensor} remove={() => revoke.mutate(sensor.id)} />
        ))}
      </ul>
      <NewKey rooms={rooms} />
    </Panel>
  );
}

function NewKey({ rooms }: { rooms: Pick<Camera, 'id' | 'name'>[] }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [room, setRoom] = useState(rooms[0]?.id ?? 0);
  const make = useMutation({
    mutationFn: () => calls.makeSensorKey(room, name.trim()),
    onSuccess: () => {
      setName('');
      void queries.invalidateQueries({ queryKey: keys.devices });
    },
  });
  const fields = make.error instanceof Problem ? make.error.fields : {};
  return (
    <form
      className={css.form}
      aria-label="A key for a sensor"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <div className={css.two}>
        <TextInput
          label="A new sensor"
          placeholder="Thermometer"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields.name}
        />
        <NativeSelect
          label="Its room"
          value={String(room)}
          onChange={(event) => setRoom(Number(event.currentTarget.value))}
          data={rooms.map((one) => ({ value: String(one.id), label: one.name }))}
        />
      </div>
      {make.isError && Object.keys(fields).length === 0 && <Note tone="bad">No key was made. {wordsOf(make.error)}</Note>}
      {make.data && <Shown text={make.data.key} />}
      <div className={css.buttons}>
        <Button type="submit" variant="default" loading={make.isPending} disabled={!name.trim()}>
          Make a key
        </Button>
      </div>
    </form>
  );
}

/** The only moment at which anybody can read the key. */
function Shown({ text }: { text: string }) {
  return (
    <div className={css.key} role="status">
      <p>
        Its key, <strong>shown only now</strong>: <code>{text}</code>
      </p>
      <p>It sends a reading like this:</p>
      <pre>{`curl -H "Authorization: Bearer ${text}" -F temperature=21.4 -F humidity=48 ${location.origin}/health/upload`}</pre>
    </div>
  );
}
