import { Button, NumberInput, Switch } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import type { Camera } from '../../api/types';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './cameras.module.css';

const numbers = [
  { key: 'preRollSeconds', label: 'Keep before the noise', min: 0, max: 30 },
  { key: 'postRollSeconds', label: 'Keep after the noise', min: 0, max: 60 },
  { key: 'minClipSeconds', label: 'Shortest clip', min: 1, max: 60 },
  { key: 'maxClipSeconds', label: 'Longest clip', min: 1, max: 600 },
  { key: 'quietSeconds', label: 'Over when quiet for', min: 1, max: 60 },
] as const;

type Numbers = Record<(typeof numbers)[number]['key'], number>;

/** What is kept, when it gets loud and otherwise. */
export function ClipForm({ camera }: { camera: Camera }) {
  const queries = useQueryClient();
  const [listens, setListens] = useState(camera.isActive);
  const [record, setRecord] = useState(camera.recordOnAlert);
  const [always, setAlways] = useState(camera.recordAlways);
  const [values, setValues] = useState<Numbers>(camera);
  const save = useMutation({
    mutationFn: () =>
      calls.changeCamera(camera.id, {
        isActive: listens,
        recordOnAlert: record,
        recordAlways: always,
        ...Object.fromEntries(numbers.map(({ key }) => [key, values[key]])),
      }),
    onSuccess: (next) => queries.setQueryData<Camera[]>(keys.cameras, (all) => all?.map((one) => (one.id === next.id ? next : one))),
  });
  const fields = save.error instanceof Problem ? save.error.fields : {};
  return (
    <Panel title="Alarm and clips" hint="How loud is loud: set that on the camera’s own page, where you hear it.">
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Switch size="md" label="Listen for noise" checked={listens} onChange={(event) => setListens(event.currentTarget.checked)} />
        <Switch
          size="md"
          label="Keep a clip when the alarm sounds"
          checked={record}
          onChange={(event) => setRecord(event.currentTarget.checked)}
        />
        <Switch
          size="md"
          label="Record everything, day and night"
          description="Takes disk space all the time; the oldest goes when the disk is nearly full."
          checked={always}
          onChange={(event) => setAlways(event.currentTarget.checked)}
        />
        <div className={css.two}>
          {numbers.map(({ key, label, min, max }) => (
            <NumberInput
              key={key}
              label={label}
              suffix=" s"
              min={min}
              max={max}
              value={values[key]}
              disabled={!record && key !== 'quietSeconds'}
              onChange={(value) => setValues((before) => ({ ...before, [key]: typeof value === 'number' ? value : before[key] }))}
              error={fields[key]}
            />
          ))}
        </div>
        {save.isError && Object.keys(fields).length === 0 && <Note tone="bad">{wordsOf(save.error)}</Note>}
        {save.isSuccess && <Note tone="good">Saved.</Note>}
        <div className={css.row}>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Panel>
  );
}
