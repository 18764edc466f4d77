import { useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { household } from '../../api/household';
import { keys } from '../../api/keys';
import type { CameraEvent } from '../../api/types';
import { levelFraction } from '../../lib/levels';
import { eventsBefore, type Footage } from '../../lib/timeline/footage';
import { type Span, spanOfDay } from '../../lib/timeline/zoneDay';

/** The newest footage is a few seconds old; of a day that is over nothing changes but what is deleted. */
const TODAY_MS = 6000;
const PAST_MS = 120_000;

export type Day = { key: string; span: Span; isToday: boolean };

export function dayWith(key: string, zone: string, now: number): Day {
  const span = spanOfDay(key, zone);
  return { key, span, isToday: now >= span.from && now < span.to };
}

const iso = (at: number) => new Date(at).toISOString();

/** Without a camera's id nothing is asked. */
export const footageQuery = (camera: number, { key, span, isToday }: Day) => ({
  queryKey: keys.footage(camera, key),
  queryFn: async (): Promise<Footage> => {
    const found = await calls.footage(camera, iso(span.from), iso(span.to));
    const spanned = (one: { from: string; to: string }): Span => ({ from: Date.parse(one.from), to: Date.parse(one.to) });
    return { ranges: found.ranges.map(spanned), gaps: found.gaps.map((gap) => ({ ...spanned(gap), reason: gap.reason })) };
  },
  refetchInterval: isToday ? TODAY_MS : PAST_MS,
});

export const useFootage = (camera: number, day: Day) => useQuery(footageQuery(camera, day));

const MOST_PAGES = 20;

/** Everything that began on this day, newest first. */
export function useDayEvents(camera: number, { key, span }: Day) {
  return useQuery({
    queryKey: keys.dayEvents(camera, key),
    queryFn: async () => {
      const all: CameraEvent[] = [];
      let before: string | null = eventsBefore(span.to);
      for (let page = 0; before !== null && page < MOST_PAGES; page++) {
        const answer: { events: CameraEvent[]; next?: string | null } = await calls.events({ camera, before, limit: 200 });
        all.push(...answer.events.filter((event) => Date.parse(event.startedAt) >= span.from));
        const oldest = answer.events.at(-1);
        before = oldest && Date.parse(oldest.startedAt) < span.from ? null : (answer.next ?? null);
      }
      return all;
    },
    refetchInterval: PAST_MS,
  });
}

export type Loud = { at: number; peak: number; height: number };

export function useDayLevels(camera: number, { key, span, isToday }: Day) {
  return useQuery({
    queryKey: keys.dayLevels(camera, key),
    queryFn: async (): Promise<Loud[]> => {
      const { points } = await calls.levels(camera, iso(span.from), iso(span.to));
      return points.map(({ at, max }) => ({ at: Date.parse(at), peak: max, height: levelFraction(max) }));
    },
    refetchInterval: isToday ? 60_000 : false,
    retry: false,
  });
}

export const useFootageDays = (camera: number, month: string) =>
  useQuery({ queryKey: keys.footageDays(camera, month), queryFn: () => calls.footageDays(camera, month) });

export function pieceAddress(camera: number, piece: Span): string {
  return household.into(`/api/v1/cameras/${camera}/footage.mp4?from=${iso(piece.from)}&to=${iso(piece.to)}`);
}

export function thumbnailAddress(camera: number, at: number): string {
  return household.into(`/api/v1/cameras/${camera}/footage/thumbnail.jpg?at=${iso(at)}`);
}

/** The sound is made AAC, which every phone plays. */
export function exportAddress(camera: number, part: Span): string {
  return `${pieceAddress(camera, part)}&download=1&sound=aac`;
}
