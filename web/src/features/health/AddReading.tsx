import { Button, NumberInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/States';
import css from './health.module.css';

type Values = { temperature: number; humidity: number };

/** Two taps: open it, where the newest values stand already, and save. */
export function AddReading({ last }: { last: Values }) {
  const [values, setValues] = useState<Values | null>(null);
  const cache = useQueryClient();
  const add = useMutation({
    mutationFn: (body: Values) => calls.addReading(body),
    onSuccess: () => {
      setValues(null);
      void cache.invalidateQueries({ queryKey: keys.health });
    },
  });
  if (!values) {
    return (
      <Button leftSection={<Icon name="plus" size={18} />} onClick={() => setValues(last)}>
        Add a reading
      </Button>
    );
  }
  const set = (name: keyof Values) => (value: string | number) => setValues({ ...values, [name]: Number(value) });
  return (
    <form
      className={css.add}
      onSubmit={(submitted) => {
        submitted.preventDefault();
        add.mutate(values);
      }}
    >
      <NumberInput
        label="Temperature, °C"
        value={values.temperature}
        onChange={set('temperature')}
        min={-10}
        max={50}
        step={0.1}
        decimalScale={1}
      />
      <NumberInput label="Humidity, %" value={values.humidity} onChange={set('humidity')} min={0} max={100} />
      <div className={css.buttons}>
        <Button type="submit" loading={add.isPending}>
          Save
        </Button>
        <Button variant="default" onClick={() => setValues(null)}>
          Cancel
        </Button>
      </div>
      {add.isError && <Note tone="bad">{wordsOf(add.error)}</Note>}
    </form>
  );
}
