import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useCameras } from '../../api/queries';
import { wallClock } from '../../lib/access';
import { browserZone } from '../../lib/time';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './health.module.css';
import { RoomLimitForm } from './RoomLimitForm';
import { SickRuleForm } from './SickRuleForm';

const RULE = 'When Vigil says “may be ill”';
const ROOMS = 'Too cold, too hot, too humid';

/** What parents decide about readings: when one is a reason to look, and what is too much for a room. */
export function HealthSettings({ zone = browserZone() }: { zone?: string | undefined }) {
  const settings = useQuery({ queryKey: keys.healthSettings, queryFn: calls.healthSettings });
  const cameras = useCameras();
  const rooms = cameras.data?.filter((camera) => camera.access !== 'view');
  const limits = settings.data?.rooms;
  return (
    <div className={css.settings}>
      <Panel title={RULE} hint="A reason to check and to call your doctor, never a diagnosis. It rings like an alarm.">
        {settings.data ? (
          <SickRuleForm settings={settings.data} today={wallClock(Date.now(), zone).date} />
        ) : (
          <Waiting error={settings.error} retry={() => void settings.refetch()} />
        )}
      </Panel>
      <Panel
        title={ROOMS}
        hint="An alarm rings when the sensor of a room measures less or more than this. An empty field is no limit; without a sensor nothing is noticed."
      >
        {limits && rooms ? (
          rooms.map((camera) => (
            <RoomLimitForm key={camera.id} camera={camera} limit={limits.find(({ cameraId }) => cameraId === camera.id)} />
          ))
        ) : (
          <Waiting
            error={settings.error ?? cameras.error}
            retry={() => {
              void settings.refetch();
              void cameras.refetch();
            }}
          />
        )}
        {limits && rooms?.length === 0 && (
          <p className={css.quiet}>There is no camera yet. Each camera is a room with limits of its own.</p>
        )}
      </Panel>
    </div>
  );
}

function Waiting({ error, retry }: { error: Error | null; retry: () => void }) {
  if (!error) return <Note tone="quiet">Reading what is set …</Note>;
  return (
    <>
      <Note tone="bad">What is set could not be read. {wordsOf(error)}</Note>
      <div className={css.buttons}>
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      </div>
    </>
  );
}
