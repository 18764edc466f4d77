import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useCameras, useMe } from '../../api/queries';
import type { Recording, RecordingKind } from '../../api/types';
import { browserZone, day } from '../../lib/time';
import { addDays, isDay, startOfDay } from '../../lib/timeline/zoneDay';
import { Page } from '../../ui/Page';
import { Empty, Failed, Loading, Note } from '../../ui/States';
import { DeleteDialog, PlayDialog, RenameDialog } from './RecordingDialogs';
import { RecordingRow } from './RecordingRow';
import { kindWords } from './recordings';
import css from './recordings.module.css';

type Open = { what: 'play' | 'rename' | 'delete'; id: string };

/** What was recorded, newest first. The filter lives in the address. */
export function RecordingsPage() {
  const [search, setSearch] = useSearchParams();
  const cameras = useCameras();
  const camera = Number(search.get('camera') ?? 0) || undefined;
  const kind = (search.get('kind') ?? '') as RecordingKind | '';
  const upTo = search.get('day') ?? '';
  const put = (name: string, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return (
    <Page title="Recordings" narrow>
      <div className={css.filter}>
        <NativeSelect
          aria-label="Camera"
          value={camera ? String(camera) : ''}
          onChange={(event) => put('camera', event.currentTarget.value)}
          data={[{ value: '', label: 'All cameras' }, ...(cameras.data ?? []).map((one) => ({ value: String(one.id), label: one.name }))]}
        />
        <NativeSelect
          aria-label="Why"
          value={kind}
          onChange={(event) => put('kind', event.currentTarget.value)}
          data={[{ value: '', label: 'Everything' }, ...Object.entries(kindWords).map(([value, label]) => ({ value, label }))]}
        />
        <TextInput type="date" aria-label="Up to this day" value={upTo} onChange={(event) => put('day', event.currentTarget.value)} />
      </div>
      <List camera={camera} kind={kind || undefined} upTo={upTo} />
    </Page>
  );
}

function List({ camera, kind, upTo }: { camera: number | undefined; kind: RecordingKind | undefined; upTo: string }) {
  const zone = useMe().data?.household.timeZone;
  const [open, setOpen] = useState<Open | null>(null);
  const last = isDay(upTo) ? new Date(startOfDay(addDays(upTo, 1), zone ?? browserZone())).toISOString() : '';
  const list = useInfiniteQuery({
    queryKey: keys.recordingList({ ...(camera ? { camera } : {}), ...(kind ? { kind } : {}), before: last }),
    queryFn: ({ pageParam }) =>
      calls.recordings({
        ...(camera ? { cameraId: camera } : {}),
        ...(kind ? { kind } : {}),
        ...(pageParam ? { before: pageParam } : {}),
        limit: 30,
      }),
    initialPageParam: last,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: (query) => (query.state.data?.pages[0]?.recordings.some((one) => one.status === 'recording') ? 5000 : false),
  });
  const all = list.data?.pages.flatMap((page) => page.recordings) ?? [];
  if (list.isPending) return <Loading what="Reading the recordings" />;
  if (list.isError && all.length === 0) {
    return <Failed title="The recordings could not be read" words={wordsOf(list.error)} retry={() => void list.refetch()} />;
  }
  if (all.length === 0) {
    return (
      <Empty icon="film" title="Nothing recorded">
        <p>Record from a camera’s page, set recording times, or let a camera be recorded always in its settings.</p>
      </Empty>
    );
  }
  const chosen = all.find((one) => one.id === open?.id);
  return (
    <>
      {list.isError && <Note tone="bad">This list may be old: {wordsOf(list.error)}</Note>}
      {byDay(all, zone).map(([title, ofDay]) => (
        <section key={title} className={css.day}>
          <h2>{title}</h2>
          <ul>
            {ofDay.map((one) => (
              <RecordingRow
                key={one.id}
                recording={one}
                zone={zone}
                open={(what) => setOpen({ what, id: one.id })}
                camera={camera === undefined}
              />
            ))}
          </ul>
        </section>
      ))}
      {list.hasNextPage && (
        <Button mt="md" variant="default" fullWidth loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Earlier
        </Button>
      )}
      {chosen && open?.what === 'play' && <PlayDialog recording={chosen} close={() => setOpen(null)} />}
      {chosen && open?.what === 'rename' && <RenameDialog recording={chosen} close={() => setOpen(null)} />}
      {chosen && open?.what === 'delete' && <DeleteDialog recording={chosen} close={() => setOpen(null)} />}
    </>
  );
}

function byDay(recordings: readonly Recording[], zone: string | undefined): [string, Recording[]][] {
  const days: [string, Recording[]][] = [];
  for (const one of recordings) {
    const title = day(one.from, zone);
    const last = days[days.length - 1];
    if (last && last[0] === title) last[1].push(one);
    else days.push([title, [one]]);
  }
  return days;
}
