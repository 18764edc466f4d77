import { Button, SegmentedControl } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import type { Camera, CrySensitivity, Hearing } from '../../api/types';
import { clock, day } from '../../lib/time';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './cameras.module.css';

const choices: { value: CrySensitivity; label: string }[] = [
  { value: 'off', label: 'Off' },
  { value: 'low', label: 'Low' },
  { value: 'normal', label: 'Normal' },
  { value: 'high', label: 'High' },
];

const words: Record<CrySensitivity, string> = {
  off: 'Crying is not noticed. Loud noises still are.',
  low: 'Fewer false alarms; quiet or short crying may be missed.',
  normal: 'For most rooms.',
  high: 'Calls sooner and for quieter crying, with more false alarms.',
};

/** How readily crying raises an alarm, and what this camera has learnt from what parents said. */
export function HearingForm({ camera }: { camera: Camera }) {
  const queries = useQueryClient();
  const hearing = useQuery({ queryKey: keys.hearing(camera.id), queryFn: () => calls.hearing(camera.id) });
  const put = (next: Hearing) => queries.setQueryData(keys.hearing(camera.id), next);
  const change = useMutation({
    mutationFn: (crySensitivity: CrySensitivity) => calls.changeCamera(camera.id, { crySensitivity }),
    onSuccess: (next) => {
      queries.setQueryData<Camera[]>(keys.cameras, (all) => all?.map((one) => (one.id === next.id ? next : one)));
      void queries.invalidateQueries({ queryKey: keys.hearing(camera.id) });
    },
  });
  const missed = useMutation({ mutationFn: () => calls.missedCry(camera.id), onSuccess: put });
  const undo = useMutation({ mutationFn: (id: number) => calls.undoFeedback(camera.id, id), onSuccess: put });
  const failure = change.error ?? missed.error ?? undo.error;
  const shown = change.isPending ? change.variables : camera.crySensitivity;
  return (
    <Panel
      title="Crying"
      hint="Vigil calls when it hears a baby cry, also when it is not loud. It helps you listen; it does not replace you."
    >
      <div className={css.form}>
        <SegmentedControl
          fullWidth
          aria-label="Sensitivity for crying"
          data={choices}
          value={shown}
          disabled={change.isPending}
          onChange={(value) => change.mutate(value as CrySensitivity)}
        />
        <p className={css.hint}>{words[shown]}</p>
        {hearing.data && shown !== 'off' && (
          <>
            <p className={css.hint}>
              {hearing.data.explanation}
              {hearing.data.roomDbfs !== null && ` The room itself is at ${Math.round(hearing.data.roomDbfs)} dB.`}
            </p>
            <div className={css.row}>
              <Button variant="default" loading={missed.isPending} onClick={() => missed.mutate()}>
                You missed a cry just now
              </Button>
            </div>
            <Said hearing={hearing.data} undo={(id) => undo.mutate(id)} />
          </>
        )}
        {failure && <Note tone="bad">{wordsOf(failure)}</Note>}
      </div>
    </Panel>
  );
}

function Said({ hearing, undo }: { hearing: Hearing; undo: (id: number) => void }) {
  const zone = useMe().data?.household.timeZone;
  const said = hearing.feedback.filter((one) => one.undoneAt === null).slice(0, 10);
  if (said.length === 0) return null;
  return (
    <ul className={css.said} aria-label="What was said">
      {said.map((one) => (
        <li key={one.id}>
          <span>
            {one.said === 'missed' ? '“You missed one”' : '“That was not a cry”'} – {one.by}, {day(one.at, zone)} {clock(one.at, zone)}
          </span>
          <Button size="compact-md" variant="subtle" onClick={() => undo(one.id)}>
            Undo
          </Button>
        </li>
      ))}
    </ul>
  );
}
