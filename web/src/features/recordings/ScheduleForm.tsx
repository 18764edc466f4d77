import { Button, Chip, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import type { Schedule, ScheduleFields, WeekDay } from '../../api/types';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import { PreviewBars } from './PreviewBars';
import { DAYS, emptySchedule, fieldsOf, TYPES, timeWords, useProposal } from './schedules';
import css from './schedules.module.css';

type Props = { cameraId: number; schedule: Schedule | null; done: () => void };

/** A new schedule, or one that is changed; what it would record is drawn while it is typed. */
export function ScheduleForm({ cameraId, schedule, done }: Props) {
  const queries = useQueryClient();
  const [fields, setFields] = useState(() => (schedule ? fieldsOf(schedule) : emptySchedule(cameraId)));
  const put = (change: Partial<ScheduleFields>) => setFields((before) => ({ ...before, ...change }));
  const save = useMutation({
    mutationFn: () => (schedule ? calls.changeSchedule(schedule.id, fields) : calls.addSchedule(fields)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.allSchedules });
      done();
    },
  });
  const wrong = save.error instanceof Problem ? save.error.fields : {};
  const timed = fields.type !== 'continuous';
  const overnight = timed && fields.startTime !== '' && fields.endTime !== '' && fields.endTime <= fields.startTime;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Panel title={schedule ? 'Change the schedule' : 'A new schedule'}>
        <TextInput
          label="Name"
          value={fields.name}
          maxLength={255}
          required
          onChange={(e) => put({ name: e.currentTarget.value })}
          error={wrong.name}
        />
        <SegmentedControl
          aria-label="How often"
          className={css.types}
          fullWidth
          value={fields.type}
          data={TYPES.map(({ id, label }) => ({ value: id, label }))}
          onChange={(type) => put({ type: type as Schedule['type'] })}
        />
        {fields.type === 'weekly' && (
          <fieldset className={css.days}>
            <legend>It begins on</legend>
            <Chip.Group multiple value={fields.days} onChange={(days) => put({ days: days as WeekDay[] })}>
              {DAYS.map(({ id, short }) => (
                <Chip key={id} value={id} size="md">
                  {short}
                </Chip>
              ))}
            </Chip.Group>
            {wrong.days && <Note tone="bad">{wrong.days}</Note>}
          </fieldset>
        )}
        {timed && (
          <div className={css.times}>
            <Time label="From" value={fields.startTime} onChange={(startTime) => put({ startTime })} error={wrong.startTime} />
            <Time label="Until" value={fields.endTime} onChange={(endTime) => put({ endTime })} error={wrong.endTime} />
          </div>
        )}
        {overnight && (
          <Note tone="quiet">
            Overnight: {timeWords(fields)}.{fields.type === 'weekly' && ' It belongs to the day on which it begins.'}
          </Note>
        )}
        {fields.type === 'continuous' && <Note tone="quiet">All day and all night, one recording for every hour.</Note>}
        {fields.type === 'once' ? (
          <Day label="Day" required value={fields.startDate} onChange={(startDate) => put({ startDate })} error={wrong.startDate} />
        ) : (
          <div className={css.times}>
            <Day label="First day (if any)" value={fields.startDate} onChange={(startDate) => put({ startDate })} error={wrong.startDate} />
            <Day label="Last day (if any)" value={fields.endDate} onChange={(endDate) => put({ endDate })} error={wrong.endDate} />
          </div>
        )}
        <Proposal fields={fields} />
        {save.isError && Object.keys(wrong).length === 0 && <Note tone="bad">{wordsOf(save.error)}</Note>}
        <div className={css.row}>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
          <Button variant="default" onClick={done}>
            Cancel
          </Button>
        </div>
      </Panel>
    </form>
  );
}

/** Nothing is asked while a field that it needs is empty. */
function Proposal({ fields }: { fields: Required<ScheduleFields> }) {
  const whole =
    fields.startTime !== '' &&
    fields.endTime !== '' &&
    (fields.type !== 'weekly' || fields.days.length > 0) &&
    (fields.type !== 'once' || fields.startDate !== null);
  return whole ? <Proposed fields={{ ...fields, name: 'preview' }} /> : <p className={css.quiet}>What will be recorded is shown here.</p>;
}

function Proposed({ fields }: { fields: ScheduleFields }) {
  const { data, error } = useProposal(fields);
  if (error)
    return <Note tone="bad">{error instanceof Problem ? (Object.values(error.fields)[0] ?? wordsOf(error)) : wordsOf(error)}</Note>;
  return data ? <PreviewBars preview={data} /> : null;
}

type Field<T> = { label: string; value: T; required?: boolean; error?: string | undefined; onChange: (value: T) => void };

function Time({ label, value, error, onChange }: Field<string>) {
  return (
    <TextInput
      type="time"
      size="xl"
      label={label}
      value={value}
      required
      error={error}
      className={css.time ?? ''}
      onChange={(event) => onChange(event.currentTarget.value.slice(0, 5))}
    />
  );
}

function Day({ label, value, required, error, onChange }: Field<string | null>) {
  return (
    <TextInput
      type="date"
      label={label}
      value={value ?? ''}
      required={required ?? false}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    />
  );
}
