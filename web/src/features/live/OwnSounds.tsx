import { ActionIcon, Button, FileButton } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { LullabyFile } from '../../api/types';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/States';
import css from './lullaby.module.css';

type OwnSoundsProps = { sounds: readonly LullabyFile[]; added: (id: string) => void; gone: (id: string) => void };

/** A song that somebody sang, the noise of the old fan: what the family brings itself. */
export function OwnSounds({ sounds, added, gone }: OwnSoundsProps) {
  const queries = useQueryClient();
  const refresh = { onSettled: () => queries.invalidateQueries({ queryKey: keys.lullabies }) };
  const add = useMutation({ mutationFn: calls.addLullaby, ...refresh, onSuccess: ({ id }) => added(id) });
  const remove = useMutation({ mutationFn: calls.removeLullaby, ...refresh, onSuccess: (_, id) => gone(id) });
  const failure = add.error ?? remove.error;
  return (
    <details className={css.own}>
      <summary>Our own sounds</summary>
      {failure && <Note tone="bad">{wordsOf(failure)}</Note>}
      <ul>
        {sounds.map((sound) => (
          <OneSound key={sound.id} sound={sound} remove={() => remove.mutate(sound.id)} />
        ))}
      </ul>
      <FileButton accept="audio/*,video/mp4" onChange={(file) => file && add.mutate(file)}>
        {(props) => (
          <Button {...props} variant="default" loading={add.isPending}>
            Add a sound
          </Button>
        )}
      </FileButton>
      <p>A recording or a song from this device: at most 20 MB and half an hour. It is played again and again until the time is over.</p>
    </details>
  );
}

function OneSound({ sound, remove }: { sound: LullabyFile; remove: () => void }) {
  const [sure, setSure] = useState(false);
  return (
    <li>
      <span>
        {sound.name} <small>{lengthOf(sound.seconds)}</small>
      </span>
      {sure ? (
        <Button color="red" size="compact-md" onClick={remove}>
          Yes, delete
        </Button>
      ) : (
        <ActionIcon variant="subtle" color="gray" size={40} aria-label={`Delete ${sound.name}`} onClick={() => setSure(true)}>
          <Icon name="close" />
        </ActionIcon>
      )}
    </li>
  );
}

const lengthOf = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
