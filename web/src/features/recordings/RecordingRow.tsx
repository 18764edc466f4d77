import { ActionIcon, Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { household } from '../../api/household';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useCamera } from '../../api/queries';
import type { Recording } from '../../api/types';
import { clock } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/States';
import { facts, gapWords, origin } from './recordings';
import css from './recordings.module.css';

type Props = { recording: Recording; zone: string | undefined; camera: boolean; open: (what: 'play' | 'rename' | 'delete') => void };

export function RecordingRow({ recording, zone, camera: withCamera, open }: Props) {
  const queries = useQueryClient();
  const { camera } = useCamera(recording.cameraId);
  const renew = { onSettled: () => queries.invalidateQueries({ queryKey: keys.recordings }) };
  const star = useMutation({ mutationFn: () => calls.changeRecording(recording.id, { protected: !recording.protected }), ...renew });
  const stop = useMutation({ mutationFn: () => calls.stopRecording(recording.id), ...renew });
  const running = recording.status === 'recording';
  const gaps = gapWords(recording);
  const failure = star.error ?? stop.error;
  return (
    <li className={css.row} data-status={recording.status}>
      <div className={css.words}>
        <strong>{recording.name}</strong>
        <span>{[withCamera ? recording.cameraName : null, origin(recording)].filter(Boolean).join(' · ')}</span>
        <span>{running ? `Recording now · ${facts(recording)}` : facts(recording)}</span>
        {recording.status === 'failed' && <span>Failed: {recording.error}</span>}
        {recording.status !== 'failed' && gaps && <span>{gaps}</span>}
      </div>
      <time dateTime={recording.from}>{clock(recording.from, zone)}</time>
      <div className={css.actions}>
        <Button
          variant="default"
          leftSection={<Icon name="play" size={18} />}
          disabled={!recording.videoUrl}
          onClick={() => open('play')}
          aria-label={`Play ${recording.name}`}
        >
          Play
        </Button>
        {running && recording.kind === 'manual' && camera?.canRecord && (
          <Button variant="default" leftSection={<Icon name="stop" size={18} />} loading={stop.isPending} onClick={() => stop.mutate()}>
            Stop
          </Button>
        )}
        {camera?.canRecord && (
          <>
            <ActionIcon
              size={44}
              variant="default"
              aria-pressed={recording.protected}
              aria-label={`Keep ${recording.name}`}
              title={recording.protected ? 'Kept: cleaning up leaves it alone' : 'Keep it from being cleaned up'}
              loading={star.isPending}
              onClick={() => star.mutate()}
            >
              <Icon name="star" />
            </ActionIcon>
            <ActionIcon size={44} variant="default" aria-label={`Rename ${recording.name}`} onClick={() => open('rename')}>
              <Icon name="pencil" />
            </ActionIcon>
          </>
        )}
        {camera?.canDownload && recording.videoUrl && (
          <ActionIcon
            size={44}
            variant="default"
            component="a"
            href={household.into(`${recording.videoUrl}?download=1&sound=aac`)}
            aria-label={`Save ${recording.name}`}
          >
            <Icon name="download" />
          </ActionIcon>
        )}
        {camera?.access === 'admin' && (
          <ActionIcon size={44} variant="default" aria-label={`Delete ${recording.name}`} onClick={() => open('delete')}>
            <Icon name="bin" />
          </ActionIcon>
        )}
      </div>
      {failure && <Note tone="bad">{wordsOf(failure)}</Note>}
    </li>
  );
}
