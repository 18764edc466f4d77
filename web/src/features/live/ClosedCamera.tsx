import { Button } from '@mantine/core';
import { Link } from 'react-router';
import type { Camera } from '../../api/types';
import { Page } from '../../ui/Page';
import { Empty } from '../../ui/States';

/** What a sitter sees outside their window: not an error, a sentence. */
export function ClosedCamera({ camera, words }: { camera: Camera; words: string }) {
  return (
    <Page title={camera.name} back={{ to: '/app/', label: 'All cameras' }} narrow>
      <Empty icon="clock" title={words}>
        <p>The parents of this household decide when you may see this camera.</p>
        <Button component={Link} to="/app/">
          All cameras
        </Button>
      </Empty>
    </Page>
  );
}
