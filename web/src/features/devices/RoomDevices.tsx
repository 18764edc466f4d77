import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { Camera, Device } from '../../api/types';
import { ago } from '../../lib/time';
import { useNow } from '../../ui/hooks';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import { PairingCode } from './PairingCode';
import css from './room.module.css';

/** Which devices may send this room's picture, with a way to take that away. */
export function RoomDevices({ camera }: { camera: Camera }) {
  const queries = useQueryClient();
  const devices = useQuery({ queryKey: keys.devices, queryFn: calls.devices });
  const revoke = useMutation({
    mutationFn: calls.revokeDevice,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.devices }),
  });
  const rename = useMutation({
    mutationFn: ({ id, name }: { id: number; name: string }) => calls.renameDevice(id, name),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.devices }),
  });
  const pair = useMutation({ mutationFn: () => calls.pairing(camera.id) });
  const mine = devices.data?.filter((device) => device.cameraId === camera.id && device.scopes.includes('publish')) ?? [];
  const error = revoke.error ?? rename.error ?? pair.error ?? (devices.data ? null : devices.error);
  return (
    <Panel title="Phones of this room" hint="Each has a key that only sends this picture. The newest one that starts is the one you see.">
      {error && <Note tone="bad">{wordsOf(error)}</Note>}
      {devices.data && mine.length === 0 && <Note tone="quiet">No device may send this picture yet.</Note>}
      <ul className={css.devices}>
        {mine.map((device) => (
          <OneDevice
            key={device.id}
            device={device}
            rename={(name) => rename.mutate({ id: device.id, name })}
            remove={() => revoke.mutate(device.id)}
          />
        ))}
      </ul>
      {pair.data ? (
        <PairingCode pairing={pair.data} busy={pair.isPending} again={() => pair.mutate()} />
      ) : (
        <Button variant="default" loading={pair.isPending} onClick={() => pair.mutate()}>
          Add another phone
        </Button>
      )}
    </Panel>
  );
}

type OneDeviceProps = { device: Device; rename: (name: string) => void; remove: () => void };

function OneDevice({ device, rename, remove }: OneDeviceProps) {
  const now = useNow(10_000);
  const [naming, setNaming] = useState(false);
  const [sure, setSure] = useState(false);
  const seen = device.online ? 'here now' : device.lastSeenAt ? `here ${ago(now - Date.parse(device.lastSeenAt))}` : 'never been here';
  if (naming) {
    return (
      <li>
        <form
          className={css.rename}
          onSubmit={(event) => {
            event.preventDefault();
            const name = String(new FormData(event.currentTarget).get('name') ?? '').trim();
            if (name && name !== device.name) rename(name);
            setNaming(false);
          }}
        >
          <TextInput name="name" aria-label="Name of the device" defaultValue={device.name} required maxLength={100} data-autofocus />
          <Button type="submit">Save</Button>
        </form>
      </li>
    );
  }
  return (
    <li>
      <div>
        <strong>{device.name}</strong>
        <span>
          {seen} · key {device.prefix}…
        </span>
      </div>
      {sure ? (
        <Button color="red" onClick={remove}>
          Yes, sign it off
        </Button>
      ) : (
        <>
          <Button variant="subtle" color="gray" aria-label={`Rename ${device.name}`} onClick={() => setNaming(true)}>
            Rename
          </Button>
          <Button variant="outline" color="red" aria-label={`Sign off ${device.name}`} onClick={() => setSure(true)}>
            Sign off
          </Button>
        </>
      )}
    </li>
  );
}
