import { Button, Loader, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import { useCamera } from '../../api/queries';
import type { Camera, Pairing } from '../../api/types';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import { PairingCode } from './PairingCode';
import css from './room.module.css';

/** A room gets a name, a phone gets its code, and the page waits until the picture is there. `picture` is another feature's part. */
export function AddPhone({ picture }: { picture: (camera: Camera) => ReactNode }) {
  const queries = useQueryClient();
  const [made, setMade] = useState<{ id: number; pairing: Pairing } | null>(null);
  const make = useMutation({
    mutationFn: calls.addRoomCamera,
    onSuccess: ({ camera, pairing }) => {
      queries.setQueryData<Camera[]>(keys.cameras, (all) => [...(all ?? []).filter((one) => one.id !== camera.id), camera]);
      void queries.invalidateQueries({ queryKey: keys.cameras });
      setMade({ id: camera.id, pairing });
    },
  });
  const again = useMutation({ mutationFn: calls.pairing, onSuccess: (pairing) => setMade((before) => before && { ...before, pairing }) });
  const fields = make.error instanceof Problem ? make.error.fields : {};
  if (made) {
    return (
      <>
        {again.isError && <Note tone="bad">{wordsOf(again.error)}</Note>}
        <Arrival id={made.id} picture={picture}>
          <PairingCode pairing={made.pairing} busy={again.isPending} again={() => again.mutate(made.id)} />
        </Arrival>
      </>
    );
  }
  return (
    <>
      <Panel
        title="Use an old phone as a camera"
        hint="Its browser is enough: nothing to install. It sends picture and sound for as long as it lies there on its charger."
      >
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            const form = new FormData(event.currentTarget);
            make.mutate({ name: String(form.get('name') ?? '').trim(), location: String(form.get('location') ?? '').trim() });
          }}
        >
          <TextInput name="name" label="Room" required maxLength={100} placeholder="Nursery" error={fields.name} />
          <TextInput name="location" label="Where it is" placeholder="First floor" maxLength={100} error={fields.location} />
          {make.isError && Object.keys(fields).length === 0 && <Note tone="bad">{wordsOf(make.error)}</Note>}
          <Button type="submit" size="lg" px="sm" loading={make.isPending}>
            Show the code
          </Button>
        </form>
      </Panel>
      <p className={css.aside}>
        Is this the device that will watch? <Link to="/app/camera">Use this one</Link>
      </p>
    </>
  );
}

function Arrival({ id, picture, children }: { id: number; picture: (camera: Camera) => ReactNode; children: ReactNode }) {
  const { camera } = useCamera(id);
  if (camera?.status.state === 'live') {
    return (
      <Panel title={`${camera.name} is there`}>
        {picture(camera)}
        <Button component={Link} to={`/app/cameras/${id}`} size="lg">
          Done
        </Button>
      </Panel>
    );
  }
  const here = camera?.room?.online === true || camera?.room?.waiting === true;
  return (
    <Panel title={camera ? `A phone for ${camera.name}` : 'A phone'}>
      {!here && children}
      <div className={css.wait} role="status">
        <Loader size="sm" color="amber" />
        {here ? `${camera.room?.deviceName ?? 'The phone'} is there. Tap “Start sending” on it.` : 'Waiting for the phone …'}
      </div>
    </Panel>
  );
}
