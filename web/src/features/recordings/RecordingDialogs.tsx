import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { calls } from '../../api/calls';
import { household } from '../../api/household';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { Recording } from '../../api/types';
import { Note } from '../../ui/States';
import { facts } from './recordings';
import css from './recordings.module.css';

type Props = { recording: Recording; close: () => void };

function Dialog({ title, size = 'md', close, children }: { title: string; size?: string; close: () => void; children: ReactNode }) {
  return (
    // A new alarm shines through; one tap beside the dialog leads to it.
    <Modal
      opened
      onClose={close}
      title={title}
      size={size}
      centered
      overlayProps={{ backgroundOpacity: 0.4 }}
      closeButtonProps={{ 'aria-label': 'Close', size: 44 }}
    >
      {children}
    </Modal>
  );
}

export function PlayDialog({ recording, close }: Props) {
  const [failed, setFailed] = useState(false);
  // What is still being recorded plays as far as it went when it was opened.
  const [url] = useState(() => household.into(recording.videoUrl ?? ''));
  return (
    <Dialog title={recording.name} size="xl" close={close}>
      {failed ? (
        <Note tone="bad">This cannot be played. It may have been cleaned up, or this browser does not play the camera’s video format.</Note>
      ) : (
        <video className={css.video} src={url} controls autoPlay playsInline onError={() => setFailed(true)} aria-label={recording.name} />
      )}
      <p>{facts(recording)}</p>
    </Dialog>
  );
}

export function RenameDialog({ recording, close }: Props) {
  const queries = useQueryClient();
  const [name, setName] = useState(recording.name);
  const rename = useMutation({
    mutationFn: () => calls.changeRecording(recording.id, { name }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.recordings });
      close();
    },
  });
  return (
    <Dialog title="Rename" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate();
        }}
      >
        <TextInput label="Name" value={name} maxLength={255} data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
        {rename.isError && <Note tone="bad">{wordsOf(rename.error)}</Note>}
        <div className={css.buttons}>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={rename.isPending} disabled={name.trim() === ''}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function DeleteDialog({ recording, close }: Props) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => calls.removeRecording(recording.id),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.recordings });
      close();
    },
  });
  return (
    <Dialog title="Delete this recording?" close={close}>
      <p>
        “{recording.name}” is deleted for everybody{recording.protected ? ', although it is marked to be kept' : ''}. Pictures that belong
        to another recording or to an alarm stay.
      </p>
      {remove.isError && <Note tone="bad">{wordsOf(remove.error)}</Note>}
      <div className={css.buttons}>
        <Button variant="default" onClick={close}>
          Keep it
        </Button>
        <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
