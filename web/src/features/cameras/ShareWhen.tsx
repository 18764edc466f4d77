import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { CameraLevel, GrantFields } from '../../api/types';
import { presets, wallClock } from '../../lib/access';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/States';
import css from './share.module.css';

type Props = {
  name: string;
  zone: string;
  busy: boolean;
  failure: string | null;
  grant: (when: GrantFields) => void;
  back: () => void;
};

/** The last tap: when. A preset gives looking and saving clips; what differs is under "Custom". */
export function ShareWhen({ name, zone, busy, failure, grant, back }: Props) {
  const [custom, setCustom] = useState(false);
  return (
    <div className={css.sheet}>
      <h3>When may {name} see it?</h3>
      {failure && <Note tone="bad">{failure}</Note>}
      {!custom && (
        <div className={css.choices}>
          {presets(Date.now(), zone).map((preset) => (
            <button key={preset.id} type="button" disabled={busy} onClick={() => grant({ ...preset.window, level: 'view' })}>
              <strong>{preset.title}</strong>
              <span>{preset.hint}</span>
            </button>
          ))}
          <button type="button" disabled={busy} onClick={() => setCustom(true)}>
            <strong>Custom …</strong>
            <span>Other times, other days, more or fewer rights</span>
          </button>
        </div>
      )}
      {custom && <Custom zone={zone} busy={busy} grant={grant} />}
      <Button variant="subtle" leftSection={<Icon name="back" />} onClick={custom ? () => setCustom(false) : back}>
        Back
      </Button>
    </div>
  );
}

function Custom({ zone, busy, grant }: Pick<Props, 'zone' | 'busy' | 'grant'>) {
  const today = wallClock(Date.now(), zone).date;
  return (
    <form
      className={css.custom}
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const text = (field: string) => String(form.get(field) ?? '') || null;
        grant({
          windowStart: text('start'),
          windowEnd: text('end'),
          firstDay: text('first'),
          lastDay: text('last'),
          level: (text('level') ?? 'view') as CameraLevel,
          canDownload: form.has('download'),
          canRecord: form.has('record'),
          canSchedule: form.has('schedule'),
        });
      }}
    >
      <div className={css.two}>
        <TextInput name="start" type="time" label="Each day from" defaultValue="18:00" />
        <TextInput
          name="end"
          type="time"
          label="until"
          description="Before the start: of the next day."
          defaultValue="23:00"
          inputWrapperOrder={['label', 'input', 'description']}
        />
        <TextInput name="first" type="date" label="First day" defaultValue={today} />
        <TextInput
          name="last"
          type="date"
          label="Last day"
          description="Empty: until you take it back."
          defaultValue={today}
          inputWrapperOrder={['label', 'input', 'description']}
        />
      </div>
      <NativeSelect
        name="level"
        label="May"
        data={[
          { value: 'view', label: 'See and hear it' },
          { value: 'control', label: 'Also speak, pause it and answer alarms' },
          { value: 'admin', label: 'Also change it and share it' },
        ]}
      />
      <Checkbox name="download" label="Save clips and recordings" defaultChecked />
      <Checkbox name="record" label="Start recordings" />
      <Checkbox name="schedule" label="Plan recordings" />
      <Button type="submit" loading={busy}>
        Share
      </Button>
    </form>
  );
}
