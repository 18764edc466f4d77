import { Button } from '@mantine/core';
import { useState } from 'react';
import { wordsOf } from '../../api/problems';
import { useEvents, useMe } from '../../api/queries';
import type { CameraEvent } from '../../api/types';
import { percent } from '../../lib/levels';
import { clock, day, length } from '../../lib/time';
import { eventLength, eventTitle } from '../../lib/words';
import { ClipDialog } from '../../ui/ClipDialog';
import { Icon, type IconName } from '../../ui/Icon';
import { Empty, Failed, Loading, Note } from '../../ui/States';
import { CryFeedback } from './CryFeedback';
import css from './events.module.css';

const icons: Record<string, IconName> = {
  sound: 'noise',
  cry: 'cry',
  motion: 'motion',
  cameraOffline: 'offline',
  cameraOnline: 'cameras',
  notListening: 'soundOff',
};

type ListProps = { camera?: number; kind?: string; short?: boolean };

export function EventList({ camera, kind, short = false }: ListProps) {
  const filter = { ...(camera ? { camera } : {}), ...(kind ? { kind } : {}) };
  const events = useEvents(filter, short ? 6 : 30);
  const zone = useMe().data?.household.timeZone;
  const [playing, setPlaying] = useState<string | null>(null);
  const all = events.data?.pages.flatMap((page) => page.events) ?? [];
  const list = short ? all.slice(0, 6) : all;
  const open = list.find((event) => event.id === playing);

  if (events.isPending) return short ? <p className={css.none}>Looking …</p> : <Loading what="Reading what happened" />;
  if (events.isError && all.length === 0) {
    if (short) return <Note tone="bad">{wordsOf(events.error)}</Note>;
    return <Failed title="The events could not be read" words={wordsOf(events.error)} retry={() => void events.refetch()} />;
  }
  if (list.length === 0) {
    if (short) return <p className={css.none}>Nothing has happened here.</p>;
    return (
      <Empty icon="moon" title="All quiet">
        <p>Loud noises, crying, motion where it is looked for, and cameras that come and go are listed here, with their clips.</p>
      </Empty>
    );
  }
  const days = byDay(list, zone);
  return (
    <>
      {events.isError && <Note tone="bad">This list may be old: {wordsOf(events.error)}</Note>}
      {days.map(([title, ofDay]) => (
        <section key={title} className={css.day} data-short={short || undefined}>
          {(!short || days.length > 1) && <h2>{title}</h2>}
          <ul>
            {ofDay.map((event) => (
              <EventRow key={event.id} event={event} zone={zone} camera={!camera} play={() => setPlaying(event.id)} />
            ))}
          </ul>
        </section>
      ))}
      {!short && events.hasNextPage && (
        <Button
          className={css.earlier}
          variant="default"
          fullWidth
          loading={events.isFetchingNextPage}
          onClick={() => void events.fetchNextPage()}
        >
          Earlier
        </Button>
      )}
      {open && <ClipDialog event={open} close={() => setPlaying(null)} />}
    </>
  );
}

function EventRow({ event, zone, camera, play }: { event: CameraEvent; zone: string | undefined; camera: boolean; play: () => void }) {
  const lasted = eventLength(event);
  const facts = [
    camera ? event.cameraName : null,
    event.kind === 'sound' && event.peak !== null ? `loudness ${percent(event.peak)}` : null,
    event.kind === 'cry' && event.score !== null ? `${Math.min(99, Math.round(event.score * 100))} % sure` : null,
    (event.kind === 'sound' || event.kind === 'cry' || event.kind === 'motion') && !event.endedAt ? 'still going on' : lasted,
    event.acknowledgedAt ? `seen${event.acknowledgedBy ? ` by ${event.acknowledgedBy}` : ''}` : null,
  ].filter(Boolean);
  return (
    <li className={css.row} data-level={event.kind === 'cameraOffline' ? 'red' : (event.level ?? undefined)}>
      <Icon name={icons[event.kind] ?? 'events'} size={26} />
      <div className={css.words}>
        <strong>{eventTitle(event)}</strong>
        <span>{facts.join(' · ')}</span>
        {event.detail && event.kind !== 'sound' && <span>{event.detail}</span>}
      </div>
      <time dateTime={event.startedAt}>{clock(event.startedAt, zone)}</time>
      {event.clip && (
        <Button
          variant="default"
          leftSection={<Icon name="play" size={18} />}
          onClick={play}
          aria-label={`Play clip of ${eventTitle(event)} at ${clock(event.startedAt, zone)}, ${length(event.clip.durationSeconds)}`}
        >
          {length(event.clip.durationSeconds)}
        </Button>
      )}
      {event.kind === 'cry' && <CryFeedback event={event} />}
    </li>
  );
}

export function byDay(events: readonly CameraEvent[], zone: string | undefined, now?: number): [string, CameraEvent[]][] {
  const days: [string, CameraEvent[]][] = [];
  for (const event of events) {
    const title = day(event.startedAt, zone, now);
    const last = days[days.length - 1];
    if (last && last[0] === title) last[1].push(event);
    else days.push([title, [event]]);
  }
  return days;
}
