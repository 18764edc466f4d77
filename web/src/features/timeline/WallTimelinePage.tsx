import { Button } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { wordsOf } from '../../api/problems';
import { useCameras, useMe } from '../../api/queries';
import type { Camera } from '../../api/types';
import { browserZone } from '../../lib/time';
import type { Footage } from '../../lib/timeline/footage';
import { Page } from '../../ui/Page';
import { Empty, Failed, Loading, Note } from '../../ui/States';
import { Axis } from './Axis';
import { keysOf } from './axisKeys';
import { DayBar } from './DayBar';
import { footageQuery } from './queries';
import { Screen } from './Screen';
import { Transport } from './Transport';
import css from './timeline.module.css';
import { useConductor } from './useConductor';
import { useDay, useFollow } from './useDay';
import { clockOf, hereWords } from './words';
import { ZoomBar } from './ZoomBar';

/** More pictures than this at once are more than a phone can play. */
const MOST = 6;

/** All cameras at the same instant of a day. */
export function WallTimelinePage() {
  const cameras = useCameras();
  const me = useMe();
  if (cameras.isPending || me.isPending) return <Loading what="Opening the timeline" />;
  if (cameras.isError && !cameras.data) {
    return <Failed title="The cameras could not be listed" words={wordsOf(cameras.error)} retry={() => void cameras.refetch()} />;
  }
  if (!cameras.data?.length) {
    return (
      <Empty icon="cameras" title="No camera yet">
        <Button component={Link} to="/app/">
          All cameras
        </Button>
      </Empty>
    );
  }
  return <Wall cameras={cameras.data} zone={me.data?.household.timeZone ?? browserZone()} />;
}

function Wall({ cameras, zone }: { cameras: Camera[]; zone: string }) {
  const { now, today, day, put, view, setView, asked } = useDay(zone);
  const [left, setLeft] = useState<ReadonlySet<number>>(() => new Set(cameras.slice(MOST).map(({ id }) => id)));
  const shown = cameras.filter(({ id }) => !left.has(id));
  const found = useQueries({ queries: shown.map((camera) => footageQuery(camera.id, day)) });
  const { view: going, conductor, join } = useConductor(asked ?? Math.max(day.span.from, Math.min(now, day.span.to) - 60_000));
  const [scrub, setScrub] = useState<number | null>(null);
  const at = scrub ?? going.at;
  useFollow(view, day.span, at, setView, scrub !== null);

  const go = (wanted: number) => {
    const time = Math.min(wanted, now - 4000);
    conductor.seek(time);
    put({ day: day.key, at: time });
  };
  // Another day is opened at the same time of day.
  const open = (key: string) => {
    conductor.pause();
    put({ day: key });
    conductor.seek(Math.min(now - 60_000, at + Date.parse(key) - Date.parse(day.key)));
  };
  const toggle = () => (going.playing ? conductor.pause() : conductor.play());
  const footage: Footage = { ranges: found.flatMap(({ data }) => data?.ranges ?? []), gaps: [] };
  const broken = found.find(({ isError }) => isError);
  const have = shown.filter((_, index) => hereWords(found[index]?.data, at, now) === 'recorded').length;
  const words = `${have} of ${shown.length} cameras recorded`;
  return (
    <Page title="All cameras, one moment" back={{ to: '/app/', label: 'All cameras' }}>
      <div className={css.player}>
        <DayBar day={day.key} today={today} open={open} />
        <div className={css.cells}>
          {shown.map((camera, index) => (
            <figure key={camera.id}>
              <Screen
                camera={camera}
                ranges={found[index]?.data?.ranges}
                conductor={conductor}
                join={join}
                scrub={scrub === null ? null : Math.floor(scrub / 5000) * 5000}
                sound={false}
                nothing={found[index]?.isPending ? 'Looking …' : hereWords(found[index]?.data, at, now)}
              />
              <figcaption>
                <Link to={`/app/cameras/${camera.id}/timeline?day=${day.key}&at=${new Date(at).toISOString()}`}>{camera.name}</Link>
                <Button
                  size="compact-sm"
                  variant="subtle"
                  aria-label={`Leave out ${camera.name}`}
                  onClick={() => setLeft(new Set([...left, camera.id]))}
                >
                  Leave out
                </Button>
              </figcaption>
            </figure>
          ))}
        </div>
        {left.size > 0 && (
          <Button variant="default" onClick={() => setLeft(new Set())}>
            Show all {cameras.length} cameras
          </Button>
        )}
        <p className={css.here}>
          <strong>{clockOf(at, zone)}</strong>
          <span>{going.waiting ? 'waiting for a picture …' : words}</span>
        </p>
        {broken && <Note tone="bad">What was recorded cannot be read of all cameras. {wordsOf(broken.error)}</Note>}
        {going.atEnd && <Note tone="quiet">No camera has recorded anything after this on this day.</Note>}
        <Axis
          bounds={day.span}
          view={view}
          setView={setView}
          zone={zone}
          at={at}
          words={words}
          footage={footage}
          rows={shown.map((camera, index) => ({ name: camera.name, footage: found[index]?.data }))}
          events={[]}
          thresholds={{ yellow: 0, red: 0 }}
          part={null}
          setPart={() => undefined}
          scrub={(time, done) => {
            setScrub(done ? null : Math.min(time, now));
            if (done) go(time);
          }}
          onKey={keysOf({ at, go, toggle, bounds: day.span, view, setView, earlier: null, later: null })}
        />
        <Transport
          playing={going.playing}
          rate={going.rate}
          setRate={(rate) => conductor.setRate(rate)}
          toggle={toggle}
          step={(ms) => go(at + ms)}
        />
        <ZoomBar view={view} bounds={day.span} at={at} setView={setView} />
      </div>
    </Page>
  );
}
