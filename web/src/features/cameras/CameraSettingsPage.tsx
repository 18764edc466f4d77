import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useCamera } from '../../api/queries';
import type { Camera } from '../../api/types';
import { Page, Panel } from '../../ui/Page';
import { Empty, Failed, Loading, Note } from '../../ui/States';
import { ClipForm } from './ClipForm';
import { HearingForm } from './HearingForm';
import { MotionForm } from './MotionForm';
import { SourceForm } from './SourceForm';

/** `devices` shows who publishes a room camera, or the device that a private one is: another feature's part, put in by the table of routes. */
export function CameraSettingsPage({ devices }: { devices?: (camera: Camera) => ReactNode }) {
  const id = Number(useParams().id);
  const { camera, isPending, isError, error, refetch } = useCamera(id);
  if (isPending) return <Loading what="Opening the settings" />;
  if (isError && !camera) return <Failed title="The settings could not be opened" words={wordsOf(error)} retry={() => void refetch()} />;
  if (camera?.access !== 'admin') {
    return (
      <Empty icon="offline" title={camera ? 'Not yours to change' : 'This camera is not here'}>
        <Button component={Link} to={camera ? `/app/cameras/${id}` : '/app/'}>
          Back
        </Button>
      </Empty>
    );
  }
  return (
    <Page title={`${camera.name}: settings`} back={{ to: `/app/cameras/${id}`, label: `Back to ${camera.name}` }} narrow>
      {!camera.peer && <SourceForm key={`${camera.id}-${camera.updatedAt}`} camera={camera} />}
      {(camera.peer || camera.address?.startsWith('whip:')) && devices?.(camera)}
      {!camera.peer && <ClipForm key={`clips-${camera.id}-${camera.updatedAt}`} camera={camera} />}
      {!camera.peer && <HearingForm key={`hearing-${camera.id}-${camera.updatedAt}`} camera={camera} />}
      {!camera.peer && <MotionForm key={`motion-${camera.id}`} camera={camera} />}
      {!camera.peer && <Remove camera={camera} />}
    </Page>
  );
}

function Remove({ camera }: { camera: Camera }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [sure, setSure] = useState(false);
  const removing = useMutation({
    mutationFn: () => calls.removeCamera(camera.id),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.cameras });
      navigate('/app/', { replace: true });
    },
  });
  return (
    <Panel title="Remove this camera" hint="Vigil stops watching and listening to it, and its recordings are deleted.">
      {removing.isError && <Note tone="bad">{wordsOf(removing.error)}</Note>}
      {sure ? (
        <div style={{ display: 'flex', gap: '0.5rem', flexWrap: 'wrap' }}>
          <Button color="red" loading={removing.isPending} onClick={() => removing.mutate()}>
            Yes, remove {camera.name}
          </Button>
          <Button variant="default" onClick={() => setSure(false)}>
            Keep it
          </Button>
        </div>
      ) : (
        <Button variant="outline" color="red" onClick={() => setSure(true)}>
          Remove
        </Button>
      )}
    </Panel>
  );
}
