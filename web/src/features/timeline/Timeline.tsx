import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { wordsOf } from '../../api/problems';
import type { Camera } from '../../api/types';
import { clamp } from '../../lib/timeline/axis';
import { footageAt, gapAt, gapWords, LEAD_MS, nextEvent, nextFootage, presentIn, previousEvent } from '../../lib/timeline/footage';
import { addDays, dayOf, type Span } from '../../lib/timeline/zoneDay';
import { Icon } from '../../ui/Icon';
import { Page, Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import { Axis } from './Axis';
import { keysOf } from './axisKeys';
import { Calendar } from './Calendar';
import { DayBar } from './DayBar';
import { DayList } from './DayList';
import { Export } from './Export';
import { useDayEvents, useDayLevels, useFootage } from './queries';
import { Screen } from './Screen';
import { Transport } from './Transport';
import css from './timeline.module.css';
import { useConductor } from './useConductor';
import { useDay, useFollow } from './useDay';
import { clockOf, hereWords, lengthWords } from './words';
import { ZoomBar } from './ZoomBar';

/** Nearer to now than this there may be nothing on the disk yet. */
const EDGE_MS = 8000;

type TimelineProps = { camera: Camera; zone: string; live: (camera: Camera) => ReactNode; record?: ReactNode };

/** A camera's day on one axis: look, play, choose a part, save it; or the live picture, when one is at its end. */
export function Timeline({ camera, zone, live, record }: TimelineProps) {
  const { now, today, day, put, view, setView, asked } = useDay(zone);
  const [isLive, setLive] = useState(asked === null && day.isToday);
  const { view: going, conductor, join } = useConductor(asked ?? day.span.from);
  const [scrub, setScrub] = useState<number | null>(null);
  const [sound, setSound] = useState(true);
  const [part, setPart] = useState<Span | null>(null);
  const [choosing, setChoosing] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const footage = useFootage(camera.id, day);
  const events = useDayEvents(camera.id, day).data ?? [];
  const levels = useDayLevels(camera.id, day).data;

  const at = scrub ?? (isLive ? now : going.at);
  useFollow(view, day.span, at, setView, scrub !== null);

  const toLive = () => {
    conductor.pause();
    setLive(true);
    put({});
  };
  const go = (wanted: number) => {
    if (wanted > now - EDGE_MS / 2) return toLive();
    setLive(false);
    put({ day: dayOf(wanted, zone), at: wanted });
    conductor.seek(wanted);
  };
  // A day that was chosen begins with its first footage, and a day that is played to its end goes on with the next.
  const opening = useRef<{ day: string; play: boolean } | null>(asked === null && !day.isToday ? { day: day.key, play: false } : null);
  const open = (key: string, play = false) => {
    setChoosing(false);
    setPart(null);
    if (key === today && !play) return toLive();
    opening.current = { day: key, play };
    conductor.pause();
    setLive(false);
    put({ day: key });
  };
  useEffect(() => {
    const wish = opening.current;
    if (!footage.data || wish?.day !== day.key) return;
    opening.current = null;
    conductor.seek(nextFootage(footage.data.ranges, day.span.from)?.from ?? day.span.from);
    if (wish.play) conductor.play();
  }, [footage.data, day, conductor]);
  const overMidnight = going.atEnd && !isLive && !day.isToday && day.span.to - going.at < 2000;
  useEffect(() => {
    if (overMidnight && opening.current === null) open(addDays(day.key, 1), true);
  });

  const toggle = () => {
    if (isLive) go(now - EDGE_MS);
    else if (going.playing) {
      conductor.pause();
      put({ day: day.key, at: going.at });
    } else conductor.play();
  };
  const [later, earlier] = [nextEvent(events, at), previousEvent(events, at)];
  const jump = (event: typeof later) => (event ? () => go(Date.parse(event.startedAt) - LEAD_MS) : null);
  const zoomTo = (next: Span) => setView(next);
  const keys = keysOf({ at, go, toggle, bounds: day.span, view, setView: zoomTo, later: jump(later), earlier: jump(earlier) });
  const choosePart = () => {
    const half = Math.max(15_000, Math.min(300_000, (view.to - view.from) / 6));
    // Where there is footage, the part begins and ends within it.
    const around = footageAt(footage.data?.ranges ?? [], at) ?? { from: day.span.from, to: Math.min(now, day.span.to) };
    setPart({ from: clamp(at - half, around), to: Math.max(clamp(at - half, around) + 1000, clamp(at + half, around)) });
  };
  const words = isLive && scrub === null ? 'live' : hereWords(footage.data, at, now);
  const ranges = footage.data?.ranges;
  const skipped = going.skipped && going.at - going.skipped.to < 6000 * going.rate ? going.skipped : null;
  return (
    <Page title={camera.name} back={{ to: `/app/cameras/${camera.id}`, label: `Back to ${camera.name}` }}>
      <div className={css.layout}>
        <div className={css.player}>
          <DayBar day={day.key} today={today} open={open} choose={() => setChoosing(true)} />
          <div ref={frame} className={css.stage}>
            {isLive && scrub === null ? (
              <div className={css.live}>{live(camera)}</div>
            ) : (
              <Screen
                camera={camera}
                ranges={ranges}
                conductor={conductor}
                join={join}
                scrub={scrub === null ? null : roughly(scrub, view)}
                sound={sound}
                onSilenced={() => setSound(false)}
                nothing={footage.isPending ? 'Looking …' : `${clockOf(at, zone).slice(0, 5)}, ${words}`}
              />
            )}
          </div>
          <p className={css.here}>
            <strong>{clockOf(at, zone)}</strong>
            <span>{words}</span>
            {(!isLive || scrub !== null) && day.isToday && <span>{lengthWords(now - at)} ago</span>}
            <Button size="compact-md" variant={isLive ? 'filled' : 'default'} aria-pressed={isLive} onClick={toLive}>
              Live
            </Button>
          </p>
          {footage.isError && !footage.data && (
            <Note tone="bad">
              What was recorded cannot be read. {wordsOf(footage.error)} <Button onClick={() => void footage.refetch()}>Try again</Button>
            </Note>
          )}
          {footage.isError && footage.data && <Note tone="bad">This may be out of date. {wordsOf(footage.error)}</Note>}
          {skipped && (
            <Note tone="quiet">
              {lengthWords(skipped.to - skipped.from)} skipped:{' '}
              {gapWords(gapAt(footage.data?.gaps ?? [], skipped.from + 1000)?.reason ?? '')}.
            </Note>
          )}
          {going.atEnd && !isLive && scrub === null && (
            <Note tone="quiet">{day.isToday ? 'You have caught up with what is recorded.' : 'Nothing more was recorded on this day.'}</Note>
          )}
          <Axis
            bounds={day.span}
            view={view}
            setView={setView}
            zone={zone}
            at={at}
            words={words}
            footage={footage.data}
            levels={levels}
            events={events}
            thresholds={{ yellow: camera.yellowThreshold, red: camera.redThreshold }}
            part={part}
            setPart={setPart}
            scrub={(time, done) => {
              const wanted = Math.min(time, now);
              setScrub(done ? null : wanted);
              if (done) go(wanted);
            }}
            onKey={keys}
          />
          <Transport
            playing={isLive || going.playing}
            rate={going.rate}
            setRate={(rate) => conductor.setRate(rate)}
            toggle={toggle}
            step={(ms) => go(at + ms)}
            earlier={jump(earlier)}
            later={jump(later)}
            sound={sound}
            setSound={setSound}
            full={() => void frame.current?.requestFullscreen?.().catch(() => undefined)}
          />
          <ZoomBar view={view} bounds={day.span} at={at} setView={setView}>
            {camera.canDownload && !part && (
              <Button variant="default" leftSection={<Icon name="scissors" />} disabled={!ranges?.length} onClick={choosePart}>
                Save a part
              </Button>
            )}
          </ZoomBar>
        </div>
        <div>
          {record}
          {part && (
            <Export
              camera={camera}
              part={part}
              day={day.key}
              zone={zone}
              presentMs={presentIn(ranges ?? [], part)}
              close={() => setPart(null)}
            />
          )}
          <Panel title="On this day">
            {ranges?.length === 0 && (
              <Note tone="quiet">
                Nothing was recorded. <Link to={`/app/cameras/${camera.id}/schedules`}>Recording times</Link>
              </Note>
            )}
            <DayList events={events} gaps={footage.data?.gaps ?? []} zone={zone} seek={go} />
          </Panel>
        </div>
      </div>
      {choosing && <Calendar camera={camera.id} day={day.key} today={today} choose={open} close={() => setChoosing(false)} />}
    </Page>
  );
}

/** Small pictures are asked for by steps of what a finger can tell apart, so that looking again finds them kept. */
function roughly(at: number, view: Span): number {
  const step = Math.max(1000, Math.ceil((view.to - view.from) / 400 / 1000) * 1000);
  return Math.floor(at / step) * step;
}
