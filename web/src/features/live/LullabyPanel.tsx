import { Button, NativeSelect, Slider } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { useLive } from '../../api/live';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import type { Camera, LullabyRequest } from '../../api/types';
import { type MadeSound, SOUNDS, soundName } from '../../lib/room/sounds';
import { clock } from '../../lib/time';
import { useNow } from '../../ui/hooks';
import { Icon } from '../../ui/Icon';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './lullaby.module.css';
import { OwnSounds } from './OwnSounds';

const LENGTHS = [15, 30, 60, 120, 480];

/** What was chosen: a sound by its name, or a file of the family by its id. */
const FILE = 'file:';
const wishOf = (chosen: string): Pick<LullabyRequest, 'sound' | 'file'> =>
  chosen.startsWith(FILE) ? { sound: 'file', file: chosen.slice(FILE.length) } : { sound: chosen as MadeSound, file: null };

/** What the room's phone plays for the child: chosen, started and ended here. */
export function LullabyPanel({ camera }: { camera: Camera }) {
  const queries = useQueryClient();
  const live = useLive();
  const now = useNow(5000) + (live.clock.offsetMs ?? 0);
  const said = camera.room?.lullaby ?? null;
  const plays = said && Date.parse(said.until) > now ? said : null;
  const home = useMe().data?.household;
  const zone = home?.timeZone;
  const family = home?.place !== 'guest';
  const own = useQuery({ queryKey: keys.lullabies, queryFn: calls.lullabies, enabled: family }).data ?? [];
  const [sound, setSound] = useState<string>(plays?.file ? FILE + plays.file : (plays?.sound ?? 'pink'));
  const [minutes, setMinutes] = useState(60);
  const [volume, setVolume] = useState(Math.round((plays?.volume ?? 0.4) * 100));
  const done = { onSettled: () => queries.invalidateQueries({ queryKey: keys.cameras }) };
  const play = useMutation({ mutationFn: (wish: LullabyRequest) => calls.playLullaby(camera.id, wish), ...done });
  const stop = useMutation({ mutationFn: () => calls.stopLullaby(camera.id), ...done });
  const change = (next: Partial<LullabyRequest>) =>
    plays && play.mutate({ ...wishOf(sound), volume: volume / 100, minutes: null, ...next });
  const failure = play.error ?? stop.error;
  return (
    <Panel title="Lullaby">
      {failure && <Note tone="bad">{wordsOf(failure)}</Note>}
      <div className={css.form}>
        <NativeSelect
          label="Sound"
          value={sound}
          data={[
            ...SOUNDS.map(({ id, name }) => ({ value: id, label: name })),
            ...(own.length > 0 ? [{ group: 'Our own', items: own.map(({ id, name }) => ({ value: FILE + id, label: name })) }] : []),
          ]}
          onChange={({ currentTarget }) => {
            setSound(currentTarget.value);
            change(wishOf(currentTarget.value));
          }}
        />
        <NativeSelect
          label="For"
          value={String(minutes)}
          data={LENGTHS.map((length) => ({ value: String(length), label: length < 60 ? `${length} min` : `${length / 60} h` }))}
          onChange={({ currentTarget }) => {
            const next = Number(currentTarget.value);
            setMinutes(next);
            change({ minutes: next });
          }}
        />
        <div className={css.volume}>
          <span id={`volume-${camera.id}`}>Loudness</span>
          <Slider
            aria-labelledby={`volume-${camera.id}`}
            thumbLabel="Loudness"
            min={5}
            max={100}
            step={5}
            value={volume}
            label={(value) => `${value} %`}
            onChange={setVolume}
            onChangeEnd={(value) => change({ volume: value / 100 })}
          />
        </div>
      </div>
      <p role="status" className={css.status}>
        {plays &&
          `${plays.fileName ?? soundName(plays.sound)} plays until ${clock(plays.until, zone).slice(0, 5)}. Started by ${plays.startedBy}.`}
      </p>
      {plays ? (
        <Button fullWidth variant="default" leftSection={<Icon name="pause" />} loading={stop.isPending} onClick={() => stop.mutate()}>
          End the lullaby
        </Button>
      ) : (
        <Button
          fullWidth
          variant="default"
          leftSection={<Icon name="play" />}
          loading={play.isPending}
          disabled={camera.room?.online === false}
          onClick={() => play.mutate({ ...wishOf(sound), minutes, volume: volume / 100 })}
        >
          Play in the room
        </Button>
      )}
      {family && (
        <OwnSounds sounds={own} gone={(id) => sound === FILE + id && setSound('pink')} added={(id) => !plays && setSound(FILE + id)} />
      )}
    </Panel>
  );
}
