import { Button, Group, NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { bytes } from '../../lib/time';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import { ByteLimit } from './ByteLimit';
import css from './schedules.module.css';

const TIMES: { hours: number; label: string }[] = [
  { hours: 24, label: 'One day' },
  { hours: 72, label: 'Three days' },
  { hours: 168, label: 'One week' },
  { hours: 720, label: 'A month' },
  { hours: 2160, label: 'Three months' },
  { hours: 0, label: 'As long as there is room' },
];

type Rule = { hours: number | null; maxBytes: number | null };

/** How long a camera's footage is kept, how long the room lasts, and the question before much of it goes. */
export function RetentionPanel({ cameraId }: { cameraId: number }) {
  const queries = useQueryClient();
  const storage = useQuery({
    queryKey: keys.footageStorage,
    queryFn: calls.footageStorage,
    refetchInterval: (query) => (query.state.data?.cameras.some((one) => one.missingBytes !== null) ? 5_000 : 60_000),
  });
  const own = storage.data?.cameras.find((one) => one.cameraId === cameraId);
  const keep = useMutation({
    mutationFn: ({ hours, maxBytes }: Rule) => calls.keepFootage(cameraId, hours, maxBytes),
    onSuccess: (next) => queries.setQueryData(keys.footageStorage, next),
  });
  const agree = useMutation({ mutationFn: () => calls.agreeToDelete(cameraId) });
  const readAgain = () => queries.invalidateQueries({ queryKey: keys.footageStorage });
  const look = useMutation({ mutationFn: calls.lookAgain, onSuccess: readAgain });
  const forget = useMutation({ mutationFn: () => calls.forgetMissing(cameraId), onSuccess: readAgain });
  if (!storage.data || !own) return storage.isError ? <Note tone="bad">{wordsOf(storage.error)}</Note> : null;
  const failure = keep.error ?? agree.error ?? look.error ?? forget.error;
  const times = TIMES.some(({ hours }) => hours === own.hours) ? TIMES : [...TIMES, { hours: own.hours, label: `${own.hours} hours` }];
  return (
    <Panel title="How long it is kept" hint={storage.data.words}>
      {own.missingBytes !== null && (
        <>
          <Note tone="bad">
            {bytes(own.missingBytes)} of this camera’s footage are not on the disk. If they are on a disk that is not connected, connect it
            and look again. What is recorded now is kept beside it.
          </Note>
          <Group gap="sm">
            <Button variant="outline" loading={look.isPending} onClick={() => look.mutate()}>
              Look again
            </Button>
            <Button color="red" variant="subtle" loading={forget.isPending} onClick={() => forget.mutate()}>
              They are gone: forget them
            </Button>
          </Group>
          {look.isSuccess && <Note tone="quiet">The disk is being read; a large one takes a minute.</Note>}
        </>
      )}
      {own.heldBytes !== null && !agree.isSuccess && (
        <>
          <Note tone="bad">
            {bytes(own.heldBytes)} of {bytes(own.bytes)} would be deleted now. That is more than half, so it waits for you.
          </Note>
          <Button color="red" variant="outline" loading={agree.isPending} onClick={() => agree.mutate()}>
            Yes, delete it
          </Button>
        </>
      )}
      {agree.isSuccess && <Note tone="quiet">It will be deleted within some minutes.</Note>}
      <NativeSelect
        label="Keep footage for"
        value={own.isDefault ? 'default' : String(own.hours)}
        disabled={keep.isPending}
        data={[
          {
            value: 'default',
            label: `As this server does${own.isDefault ? ` (${own.hours === 0 ? 'while there is room' : `${own.hours / 24} days`})` : ''}`,
          },
          ...times.map(({ hours, label }) => ({ value: String(hours), label })),
        ]}
        onChange={({ currentTarget }) =>
          keep.mutate({ hours: currentTarget.value === 'default' ? null : Number(currentTarget.value), maxBytes: own.maxBytes })
        }
      />
      {own.isDefault && <p className={css.quiet}>Alert clips and what you record by hand stay as long as there is room.</p>}
      <ByteLimit
        key={own.maxBytes ?? 0}
        label="At most"
        maxBytes={own.maxBytes}
        usedBytes={own.bytes}
        busy={keep.isPending}
        save={(maxBytes) => keep.mutate({ hours: own.isDefault ? null : own.hours, maxBytes })}
      />
      <p className={css.quiet}>
        {bytes(own.bytes)} on the disk now, {bytes(own.bytesPerDay)} a day.
      </p>
      {failure && <Note tone="bad">That was not changed. {wordsOf(failure)}</Note>}
    </Panel>
  );
}
