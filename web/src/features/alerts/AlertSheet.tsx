import { Button } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { calls } from '../../api/calls';
import { household } from '../../api/household';
import { keys } from '../../api/keys';
import { useLive } from '../../api/live';
import { useMe } from '../../api/queries';
import type { Camera } from '../../api/types';
import { type Alert, type AlertGroup, grouped } from '../../lib/alertBook';
import { percent } from '../../lib/levels';
import { ago, clock } from '../../lib/time';
import { cryLength, eventTitle } from '../../lib/words';
import { ClipDialog } from '../../ui/ClipDialog';
import { useNow } from '../../ui/hooks';
import { Icon } from '../../ui/Icon';
import css from './alerts.module.css';
import { useRinging } from './useRinging';

/** Alarms of the household, on every page, until somebody answers. */
export function AlertSheet() {
  const { alerts, answer, clock: serverClock } = useLive();
  const [playing, setPlaying] = useState<Alert | null>(null);
  const [untold, setUntold] = useState(false);
  const tell = useMutation({
    mutationFn: ({ event, home }: Alert) => calls.acknowledge(event.id, home?.id),
    onMutate: ({ event }) => answer(event.id),
    onSuccess: () => setUntold(false),
    onError: () => setUntold(true),
  });
  useRinging(alerts);
  const phones = usePhones();
  useTitle(alerts, phones);
  const now = useNow();
  const groups = grouped(alerts);
  // A phone in the hand keeps room for the picture: the newest alarm, and a word about the others.
  const wide = useMediaQuery('(min-width: 800px)');
  const [open, setOpen] = useState(false);
  const shown = open ? groups : groups.slice(0, wide ? 3 : 1);
  // The newest state of what is playing: a clip that was still being written becomes ready.
  const current = playing && (alerts.find((alert) => alert.event.id === playing.event.id) ?? playing);
  return (
    <>
      {alerts.length > 0 && (
        <section className={css.sheet} aria-label="Alarms">
          <div role="alert" className="sr-only">
            {groups.map((group) => `${titleOf(group.newest, phones)}.`).join(' ')}
          </div>
          {shown.map((group) => (
            <AlertCard
              key={group.key}
              group={group}
              title={titleOf(group.newest, phones)}
              now={now + (serverClock.offsetMs ?? 0)}
              play={() => setPlaying(group.newest)}
              seen={() => alerts.filter(({ event }) => group.ids.includes(event.id)).forEach((alert) => void tell.mutate(alert))}
            />
          ))}
          {groups.length > 1 && (
            <div className={css.more}>
              {groups.length > shown.length && (
                <Button variant="outline" color="white" onClick={() => setOpen(true)}>
                  {groups.length - shown.length} more
                </Button>
              )}
              <Button variant="white" color="dark" onClick={() => alerts.forEach((alert) => void tell.mutate(alert))}>
                All seen
              </Button>
            </div>
          )}
        </section>
      )}
      {untold && (
        <div className={css.untold} role="status">
          Seen here, but Vigil could not note it: other pages may still ring.
          <Button size="compact-md" variant="subtle" color="gray" onClick={() => setUntold(false)}>
            OK
          </Button>
        </div>
      )}
      {current && <ClipDialog event={current.event} home={current.home?.id} close={() => setPlaying(null)} />}
    </>
  );
}

function AlertCard({
  group,
  title,
  now,
  play,
  seen,
}: {
  group: AlertGroup;
  title: string;
  now: number;
  play: () => void;
  seen: () => void;
}) {
  const zone = useMe().data?.household.timeZone;
  const { event, over, home } = group.newest;
  return (
    <article className={css.card} data-over={over || undefined}>
      <Icon
        name={
          event.kind === 'cry'
            ? 'cry'
            : event.kind === 'sound'
              ? 'noise'
              : event.kind === 'devicePaired'
                ? 'phone'
                : /^(mayBeIll|room)/.test(event.kind)
                  ? 'pulse'
                  : 'offline'
        }
        size={34}
      />
      <div className={css.words}>
        <strong>{title}</strong>
        <span>
          {ago(now - Date.parse(event.startedAt))}, {clock(event.startedAt, zone)}
          {event.kind === 'cry' && ` · crying ${cryLength(event, now)}`}
          {event.peak !== null && ` · loudness ${percent(event.peak)}`}
          {group.ids.length > 1 && ` · ${group.ids.length} times`}
          {over && ' · over'}
        </span>
        {event.kind === 'notListening' && !over && event.detail && <span>{event.detail}</span>}
      </div>
      <div className={css.buttons}>
        {event.clip && (
          <Button variant="white" color="dark" leftSection={<Icon name="play" />} onClick={play}>
            Play clip
          </Button>
        )}
        {home && (
          <Button variant="outline" color="white" onClick={() => goTo(home.id, event.cameraId)}>
            Go to {home.name}
          </Button>
        )}
        {!home && event.cameraId > 0 && (
          <Button component={Link} to={`/app/cameras/${event.cameraId}`} variant="outline" color="white">
            Look
          </Button>
        )}
        <Button variant="white" color="dark" leftSection={<Icon name="check" />} onClick={seen}>
          Seen
        </Button>
      </div>
    </article>
  );
}

/** Cameras, sockets and lists are all another home's: begin anew. */
function goTo(home: number, camera: number): void {
  household.choose(home);
  window.location.assign(camera > 0 ? `/app/cameras/${camera}` : '/app/');
}

function titleOf({ event, home }: Alert, phones: ReadonlySet<number>): string {
  const gone = event.kind === 'cameraOffline' && phones.has(event.cameraId);
  return [gone ? 'The phone is gone' : eventTitle(event), event.cameraName, home?.name].filter(Boolean).join(' – ');
}

/** Cameras that are phones: what went away there lies in somebody's reach. */
function usePhones(): ReadonlySet<number> {
  const cameras = useQueryClient().getQueryData<Camera[]>(keys.cameras);
  return new Set(cameras?.filter((camera) => camera.room).map((camera) => camera.id));
}

function useTitle(alerts: readonly Alert[], phones: ReadonlySet<number>): void {
  const plain = useRef('');
  const first = alerts[0];
  const words = first ? `⚠ ${titleOf(first, phones)}` : null;
  useEffect(() => {
    if (!words) return;
    plain.current = document.title;
    document.title = words;
    return () => {
      if (document.title === words) document.title = plain.current;
    };
  }, [words]);
}
