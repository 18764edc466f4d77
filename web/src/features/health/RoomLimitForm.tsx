import { Button, NumberInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import type { Camera, HealthSettings, RoomLimit } from '../../api/types';
import { Note } from '../../ui/States';
import css from './health.module.css';
import { numberOf } from './numberOf';

const limits = [
  { key: 'tooCold', label: 'Too cold', where: 'below', suffix: ' °C', min: -10, max: 50, decimals: 1 },
  { key: 'tooHot', label: 'Too hot', where: 'above', suffix: ' °C', min: -10, max: 50, decimals: 1 },
  { key: 'tooHumid', label: 'Too humid', where: 'above', suffix: ' %', min: 0, max: 100, decimals: 0 },
] as const;

type Key = (typeof limits)[number]['key'];
type Typed = Partial<Record<Key, number | string>>;

/** What is too much for one room, each if somebody wants it. */
export function RoomLimitForm({ camera, limit }: { camera: Pick<Camera, 'id' | 'name'>; limit: RoomLimit | undefined }) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Typed>({});
  const [asked, setAsked] = useState(false);
  const wanted = (key: Key) => numberOf(draft[key] ?? limit?.[key] ?? null);
  const next: RoomLimit = { cameraId: camera.id, tooCold: wanted('tooCold'), tooHot: wanted('tooHot'), tooHumid: wanted('tooHumid') };
  const crossed = next.tooCold !== null && next.tooHot !== null && next.tooCold >= next.tooHot;
  const save = useMutation({
    mutationFn: ({ room: { cameraId, ...body } }: { room: RoomLimit; from: Typed }) => calls.changeRoomLimits(cameraId, body),
    onSuccess: (_, { room, from }) => {
      queries.setQueryData<HealthSettings>(
        keys.healthSettings,
        (now) => now && { ...now, rooms: [...now.rooms.filter(({ cameraId }) => cameraId !== room.cameraId), room] },
      );
      setDraft((now) => (now === from ? {} : now));
    },
  });
  const fields = save.error instanceof Problem ? save.error.fields : {};
  return (
    <form
      className={css.room}
      aria-label={`Limits for ${camera.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (!crossed) save.mutate({ room: next, from: draft });
      }}
    >
      <h3>{camera.name}</h3>
      <div className={css.three}>
        {limits.map(({ key, label, where, suffix, min, max, decimals }) => (
          <NumberInput
            key={key}
            label={label}
            description={where}
            placeholder="No limit"
            hideControls
            suffix={suffix}
            min={min}
            max={max}
            decimalScale={decimals}
            value={draft[key] ?? limit?.[key] ?? ''}
            onChange={(value) => {
              save.reset();
              setAsked(false);
              setDraft((now) => ({ ...now, [key]: value }));
            }}
            error={fields[key]}
          />
        ))}
      </div>
      {asked && crossed && <Note tone="bad">“Too cold” has to be lower than “too hot”.</Note>}
      {save.isError && Object.keys(fields).length === 0 && <Note tone="bad">That was not changed. {wordsOf(save.error)}</Note>}
      {save.isSuccess && <Note tone="good">Saved.</Note>}
      <div className={css.buttons}>
        <Button
          type="submit"
          variant="default"
          aria-label={`Save the limits for ${camera.name}`}
          loading={save.isPending}
          disabled={Object.keys(draft).length === 0}
        >
          Save
        </Button>
      </div>
    </form>
  );
}
