import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { Link } from 'react-router';
import { calls } from '../../api/calls';
import { wordsOf } from '../../api/problems';
import { useCameras, useMeAtTheDoor } from '../../api/queries';
import { pairingCode } from '../../lib/room/roomKey';
import { mayAddCameras } from '../../lib/words';
import { Icon } from '../../ui/Icon';
import { Loading, Note } from '../../ui/States';
import { RoomDoor } from './RoomDoor';
import css from './room.module.css';

type ChooseProps = { failure: ReactNode; use: (code: string) => void; goOn: { name: string; act: () => void } | null };

/** Which room this device watches: a parent chooses one, anybody else shows the code a parent gave them. */
export function ChooseRoom({ failure, use, goOn }: ChooseProps) {
  const { me, needsOwner } = useMeAtTheDoor();
  useEffect(() => {
    document.title = 'Vigil camera';
  }, []);
  if (me.isPending && !needsOwner) return <Loading what="One moment" />;
  const mayMake = mayAddCameras(me.data);
  return (
    <RoomDoor title="Use this device as a camera">
      {failure}
      {goOn && (
        <Button size="lg" fullWidth onClick={goOn.act}>
          Go on as {goOn.name}
        </Button>
      )}
      {mayMake ? <Rooms use={use} /> : <Code use={use} />}
    </RoomDoor>
  );
}

function Code({ use }: { use: (code: string) => void }) {
  const [wrong, setWrong] = useState(false);
  const take = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = pairingCode(String(new FormData(event.currentTarget).get('code') ?? '').trim());
    setWrong(!code);
    if (code) use(code);
  };
  return (
    <>
      <p className={css.words}>
        On your own phone, open Vigil and tap <b>Add a camera</b>, then <b>A phone or tablet</b>. Point this device’s camera at the code, or
        type it here.
      </p>
      <form className={css.form} onSubmit={take}>
        <TextInput
          name="code"
          label="Code"
          size="lg"
          required
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          error={wrong && 'That is no code. Type it as it stands below the picture.'}
        />
        <Button type="submit" size="lg">
          Go on
        </Button>
      </form>
      <p className={css.aside}>
        Is this your own device? <Link to="/app/sign-in?to=/app/camera">Sign in</Link>
      </p>
    </>
  );
}

function Rooms({ use }: { use: (code: string) => void }) {
  const cameras = useCameras();
  const ask = useMutation({ mutationFn: (id: number) => calls.pairing(id), onSuccess: ({ code }) => use(code) });
  const make = useMutation({ mutationFn: (name: string) => calls.addRoomCamera({ name }), onSuccess: ({ pairing }) => use(pairing.code) });
  const rooms = cameras.data?.filter((camera) => camera.address?.startsWith('whip:') && camera.access === 'admin') ?? [];
  const error = ask.error ?? make.error;
  const busy = ask.isPending || make.isPending;
  return (
    <>
      <p className={css.words}>Which room will it watch?</p>
      {error && <Note tone="bad">{wordsOf(error)}</Note>}
      {rooms.length > 0 && (
        <ul className={css.rooms}>
          {rooms.map((camera) => (
            <li key={camera.id}>
              <button type="button" disabled={busy} onClick={() => ask.mutate(camera.id)}>
                <Icon name="cameras" size={26} />
                <span>
                  <strong>{camera.name}</strong>
                  <small>
                    {camera.room?.online ? 'Another device is sending now; this one would take its place' : 'No device is sending'}
                  </small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate(String(new FormData(event.currentTarget).get('name') ?? '').trim());
        }}
      >
        <TextInput
          name="name"
          label={rooms.length > 0 ? 'Another room' : 'Name of the room'}
          placeholder="Nursery"
          required
          maxLength={100}
          size="lg"
        />
        <Button type="submit" size="lg" variant={rooms.length > 0 ? 'default' : 'filled'} loading={make.isPending} disabled={busy}>
          Go on
        </Button>
      </form>
      <p className={css.aside}>
        <Link to="/app/">Back to the cameras</Link>
      </p>
    </>
  );
}
