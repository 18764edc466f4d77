import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { wordsOf } from '../../api/problems';
import type { CameraEvent } from '../../api/types';
import css from './events.module.css';

/** A wrong alarm teaches this camera's ear a little; what that did is said, and can be undone in the settings. */
export function CryFeedback({ event }: { event: CameraEvent }) {
  const say = useMutation({ mutationFn: () => calls.notACry(event.id) });
  if (event.endedAt === null) return null;
  return (
    <div className={css.feedback}>
      {say.isSuccess ? (
        <span role="status">Thank you. {say.data.explanation} This can be undone in the camera’s settings.</span>
      ) : (
        <Button size="compact-md" variant="subtle" color="gray" loading={say.isPending} onClick={() => say.mutate()}>
          That was not a cry
        </Button>
      )}
      {say.isError && <span role="alert">{wordsOf(say.error)}</span>}
    </div>
  );
}
