import { Button, NumberInput, Slider, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { Camera, Motion, MotionArea, MotionFields, MotionNow } from '../../api/types';
import { addCorner, LEAST_CORNERS, MOST_AREAS, MOST_CORNERS, newArea, removeCorner } from '../../lib/areas';
import { Panel } from '../../ui/Page';
import { Loading, Note } from '../../ui/States';
import css from './cameras.module.css';
import { MotionPicture } from './MotionPicture';
import own from './motion.module.css';

/** Twice a second, while somebody looks. */
const NOW_MS = 500;

/** Whether Vigil looks for motion, where on the picture, and how readily; with what the detector sees at this moment. */
export function MotionForm({ camera }: { camera: Camera }) {
  const queries = useQueryClient();
  const [trying, setTrying] = useState(false);
  const motion = useQuery({ queryKey: keys.motion(camera.id), queryFn: () => calls.motion(camera.id) });
  const save = useMutation({
    mutationFn: (fields: MotionFields) => calls.changeMotion(camera.id, fields),
    onSuccess: (next) => queries.setQueryData<Motion>(keys.motion(camera.id), next),
  });
  const known = motion.data;
  const enabled = save.isPending && save.variables.enabled !== undefined ? save.variables.enabled : known?.enabled;
  return (
    <Panel
      title="Motion"
      hint="Something that moves in the picture is noted on the timeline, with a clip. It rings nobody. Off until you switch it on."
    >
      <div className={css.form}>
        {motion.isPending && <Loading what="Reading the settings" />}
        {motion.isError && !known && <Note tone="bad">{wordsOf(motion.error)}</Note>}
        {known && (
          <Switch
            size="md"
            label="Look for motion"
            checked={enabled ?? false}
            onChange={(event) => save.mutate({ enabled: event.currentTarget.checked })}
          />
        )}
        {known && !enabled && !trying && (
          <Button variant="default" onClick={() => setTrying(true)}>
            Try it first
          </Button>
        )}
        {known && (enabled || trying) && <Settings camera={camera} motion={known} save={(fields) => save.mutate(fields)} />}
        {save.isError && <Note tone="bad">{wordsOf(save.error)}</Note>}
      </div>
    </Panel>
  );
}

function Settings({ camera, motion, save }: { camera: Camera; motion: Motion; save: (fields: MotionFields) => void }) {
  const [sensitivity, setSensitivity] = useState(motion.sensitivity);
  const now = useQuery({ queryKey: keys.motionNow(camera.id), queryFn: () => calls.motionNow(camera.id), refetchInterval: NOW_MS });
  return (
    <>
      <p className={own.now} role="status" data-moving={now.data?.moving || undefined}>
        {nowWords(now.data)}
      </p>
      <Areas camera={camera} motion={motion} now={now.data} save={save} />
      <div>
        <label htmlFor="motion-sensitivity">Sensitivity: {sensitivity} of 10</label>
        <Slider
          id="motion-sensitivity"
          thumbLabel="Sensitivity"
          className={own.slider}
          size="lg"
          thumbSize={28}
          label={null}
          min={1}
          max={10}
          step={1}
          value={sensitivity}
          onChange={setSensitivity}
          onChangeEnd={(value) => save({ sensitivity: value })}
        />
        <p className={css.hint}>Low: only people and other big things. High: also small and faint movement, with more false alarms.</p>
      </div>
      <NumberInput
        label="Shortest motion that counts"
        suffix=" s"
        min={0}
        max={60}
        step={0.5}
        decimalScale={1}
        clampBehavior="strict"
        defaultValue={motion.minimumSeconds}
        onBlur={(event) => {
          const seconds = Number.parseFloat(event.currentTarget.value);
          if (Number.isFinite(seconds) && seconds !== motion.minimumSeconds) save({ minimumSeconds: seconds });
        }}
      />
      <Switch
        size="md"
        label="Record when something moves"
        description="A clip, from before it began until after it ended. Without it only the timeline says so."
        checked={motion.record}
        onChange={(event) => save({ record: event.currentTarget.checked })}
      />
    </>
  );
}

function Areas({
  camera,
  motion,
  now,
  save,
}: {
  camera: Camera;
  motion: Motion;
  now: MotionNow | undefined;
  save: (fields: MotionFields) => void;
}) {
  const [areas, setAreas] = useState<MotionArea[]>(motion.areas);
  const [chosen, setChosen] = useState<{ area: number | null; corner: number | null }>({ area: null, corner: null });
  const change = (next: MotionArea[], over: boolean) => {
    setAreas(next);
    if (over) save({ areas: next });
  };
  const add = (kind: MotionArea['kind']) => {
    change([...areas, { kind, points: newArea(areas.length) }], true);
    setChosen({ area: areas.length, corner: null });
  };
  const active = chosen.area === null ? undefined : areas[chosen.area];
  const reshape = (points: MotionArea['points']) => {
    change(
      areas.map((area, index) => (index === chosen.area ? { ...area, points } : area)),
      true,
    );
    setChosen({ area: chosen.area, corner: null });
  };
  const { corner } = chosen;
  return (
    <>
      <MotionPicture
        camera={camera.id}
        areas={areas}
        chosen={chosen.area}
        corner={corner}
        now={now}
        choose={(area, at) => setChosen({ area, corner: at })}
        change={change}
      />
      {active ? (
        <div className={css.row}>
          <Button variant="default" disabled={active.points.length >= MOST_CORNERS} onClick={() => reshape(addCorner(active.points))}>
            Add a corner
          </Button>
          {corner !== null && active.points.length > LEAST_CORNERS && (
            <Button variant="default" onClick={() => reshape(removeCorner(active.points, corner))}>
              Remove this corner
            </Button>
          )}
          <Button
            variant="outline"
            color="red"
            onClick={() => {
              change(
                areas.filter((_, index) => index !== chosen.area),
                true,
              );
              setChosen({ area: null, corner: null });
            }}
          >
            Remove this {active.kind}
          </Button>
          <Button variant="default" onClick={() => setChosen({ area: null, corner: null })}>
            Done
          </Button>
        </div>
      ) : (
        <div className={css.row}>
          <Button variant="default" disabled={areas.length >= MOST_AREAS} onClick={() => add('zone')}>
            Add a zone
          </Button>
          <Button variant="default" disabled={areas.length >= MOST_AREAS} onClick={() => add('mask')}>
            Add a mask
          </Button>
        </div>
      )}
      <p className={css.hint}>
        {active
          ? 'Drag the corners with a finger, or the whole of it.'
          : areas.some((area) => area.kind === 'zone')
            ? 'Motion counts only inside the zones, and never inside a mask. Tap one to change it.'
            : 'Motion counts everywhere but inside a mask. Masks are good for a television or a tree; they do not hide anything in recordings.'}
      </p>
    </>
  );
}

function nowWords(now: MotionNow | undefined): string {
  if (!now) return 'Asking what the detector sees …';
  if (now.state !== 'watching') return now.detail;
  if (now.lightChanged) return 'The light has just changed: that is not motion.';
  if (now.moving) return `Something moves: ${Math.max(1, Math.round(now.share * 100))} % of the picture`;
  if (now.shaken) return 'The camera shakes: that is not motion.';
  return now.cells.length > 0 ? 'Something is different, but too little or not moving' : 'Nothing moves';
}
