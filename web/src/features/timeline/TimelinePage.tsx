import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { wordsOf } from '../../api/problems';
import { useCamera, useMe } from '../../api/queries';
import type { Camera } from '../../api/types';
import { browserZone } from '../../lib/time';
import { Empty, Failed, Loading } from '../../ui/States';
import { Timeline } from './Timeline';

type Parts = { live: (camera: Camera) => ReactNode; record?: (camera: Camera) => ReactNode };

/** `live` is the camera's live picture, `record` the button that records now: other features' parts, put in by the table of routes. */
export function TimelinePage({ live, record }: Parts) {
  const id = Number(useParams().id);
  const { camera, isPending, isError, error, refetch } = useCamera(id);
  const me = useMe();
  if (isPending || me.isPending) return <Loading what="Opening the timeline" />;
  if (isError && !camera) return <Failed title="The timeline could not be opened" words={wordsOf(error)} retry={() => void refetch()} />;
  if (!camera) {
    return (
      <Empty icon="offline" title="This camera is not here">
        <p>It was removed, or it is not shared with you.</p>
        <Button component={Link} to="/app/">
          All cameras
        </Button>
      </Empty>
    );
  }
  return (
    <Timeline key={camera.id} camera={camera} zone={me.data?.household.timeZone ?? browserZone()} live={live} record={record?.(camera)} />
  );
}
