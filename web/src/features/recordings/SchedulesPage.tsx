import { Button, Switch } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { Schedule } from '../../api/types';
import { Icon } from '../../ui/Icon';
import { Page, Panel } from '../../ui/Page';
import { Empty, Failed, Loading, Note } from '../../ui/States';
import { PreviewBars } from './PreviewBars';
import { RetentionPanel } from './RetentionPanel';
import { ScheduleForm } from './ScheduleForm';
import { momentWords, usePreview, useScheduledCamera, useSchedules, whenWords } from './schedules';
import css from './schedules.module.css';

/** When one camera is recorded. */
export function SchedulesPage() {
  const id = Number(useParams().id);
  const camera = useScheduledCamera(id);
  const list = useSchedules(id);
  const preview = usePreview(id);
  const [open, setOpen] = useState<Schedule | 'new' | null>(null);
  if (list.isPending) return <Loading what="Opening the schedules" />;
  if (list.isError && !list.data) {
    return <Failed title="The schedules could not be opened" words={wordsOf(list.error)} retry={() => void list.refetch()} />;
  }
  const mayAdd = camera?.canSchedule === true;
  return (
    <Page
      title={camera ? `${camera.name}: recording times` : 'Recording times'}
      back={{ to: `/app/cameras/${id}`, label: `Back to ${camera?.name ?? 'the camera'}` }}
      narrow
    >
      <div className={css.said}>
        {list.isError && <Note tone="bad">This list may be old. {wordsOf(list.error)}</Note>}
        {camera?.paused && <Note tone="bad">This camera is paused, so nothing is recorded until you resume it.</Note>}
      </div>
      {open !== null ? (
        <ScheduleForm
          key={open === 'new' ? 'new' : open.id}
          cameraId={id}
          schedule={open === 'new' ? null : open}
          done={() => setOpen(null)}
        />
      ) : (
        <>
          {list.data.length === 0 && (
            <Empty icon="clock" title="Nothing is scheduled">
              <p>Noises still leave their clips. With a schedule this camera is recorded at the times you choose.</p>
            </Empty>
          )}
          <ul className={css.list}>
            {list.data.map((schedule) => (
              <li key={schedule.id}>
                <OneSchedule schedule={schedule} timeZone={preview.data?.timeZone ?? 'UTC'} edit={() => setOpen(schedule)} />
              </li>
            ))}
          </ul>
          {mayAdd && (
            <Button fullWidth size="md" mb="md" leftSection={<Icon name="plus" />} onClick={() => setOpen('new')}>
              Add a schedule
            </Button>
          )}
          {preview.data && list.data.length > 0 && (
            <Panel title="What will be recorded" hint={`By all schedules of this camera that are on. Times of ${preview.data.timeZone}.`}>
              <PreviewBars preview={preview.data} />
            </Panel>
          )}
          {camera?.access === 'admin' && <RetentionPanel cameraId={id} />}
        </>
      )}
    </Page>
  );
}

function OneSchedule({ schedule, timeZone, edit }: { schedule: Schedule; timeZone: string; edit: () => void }) {
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const done = { onSettled: () => queries.invalidateQueries({ queryKey: keys.allSchedules }) };
  const turn = useMutation({ mutationFn: (on: boolean) => calls.switchSchedule(schedule.id, on), ...done });
  const remove = useMutation({ mutationFn: () => calls.removeSchedule(schedule.id), ...done });
  const failure = turn.error ?? remove.error;
  return (
    <section className={css.one} aria-label={schedule.name}>
      <div className={css.head}>
        <div>
          <strong>{schedule.name}</strong>
          <p>{whenWords(schedule)}</p>
          <p className={css.quiet}>{stateWords(schedule, timeZone)}</p>
        </div>
        <Switch
          size="md"
          aria-label={`${schedule.name} is on`}
          checked={turn.isPending ? turn.variables : schedule.isActive}
          disabled={!schedule.canChange}
          onChange={(event) => turn.mutate(event.currentTarget.checked)}
        />
      </div>
      {failure && <Note tone="bad">That was not changed. {wordsOf(failure)}</Note>}
      {schedule.canChange && (
        <div className={css.row}>
          {sure ? (
            <>
              <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
                Yes, remove it
              </Button>
              <Button variant="default" onClick={() => setSure(false)}>
                Keep it
              </Button>
            </>
          ) : (
            <>
              <Button variant="default" onClick={edit}>
                Change
              </Button>
              <Button variant="subtle" color="red" onClick={() => setSure(true)}>
                Remove
              </Button>
            </>
          )}
        </div>
      )}
    </section>
  );
}

function stateWords(schedule: Schedule, timeZone: string): string {
  if (!schedule.isActive) return 'Off';
  if (schedule.until) return schedule.type === 'continuous' ? 'On now' : `On now, until ${momentWords(schedule.until, timeZone)}`;
  return schedule.nextStart ? `Next: ${momentWords(schedule.nextStart, timeZone)}` : 'Over';
}
