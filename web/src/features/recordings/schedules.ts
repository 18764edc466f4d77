import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { useCameras } from '../../api/queries';
import type { Schedule, ScheduleFields, WeekDay } from '../../api/types';

export const DAYS: { id: WeekDay; short: string }[] = [
  { id: 'monday', short: 'Mon' },
  { id: 'tuesday', short: 'Tue' },
  { id: 'wednesday', short: 'Wed' },
  { id: 'thursday', short: 'Thu' },
  { id: 'friday', short: 'Fri' },
  { id: 'saturday', short: 'Sat' },
  { id: 'sunday', short: 'Sun' },
];

export const TYPES: { id: Schedule['type']; label: string }[] = [
  { id: 'daily', label: 'Every day' },
  { id: 'weekly', label: 'Some days' },
  { id: 'once', label: 'Once' },
  { id: 'continuous', label: 'Always' },
];

export const useSchedules = (camera: number) =>
  useQuery({ queryKey: keys.schedules(camera), queryFn: () => calls.schedules(camera), refetchInterval: 60_000 });

/** What all schedules of a camera that are on will record. */
export const usePreview = (camera: number) =>
  useQuery({ queryKey: keys.schedulePreview(camera), queryFn: () => calls.schedulePreview(camera), refetchInterval: 60_000 });

/** What a schedule would record before it is saved; the last answer stands until the next one is there. */
export const useProposal = (fields: ScheduleFields) =>
  useQuery({
    queryKey: keys.scheduleProposal(fields),
    queryFn: () => calls.proposedSchedule(fields),
    placeholderData: keepPreviousData,
    retry: false,
  });

export function useScheduledCamera(id: number) {
  const cameras = useCameras();
  return cameras.data?.find((camera) => camera.id === id);
}

export const emptySchedule = (cameraId: number): Required<ScheduleFields> => ({
  cameraId,
  name: 'Nights',
  type: 'daily',
  startTime: '18:00',
  endTime: '06:00',
  startDate: null,
  endDate: null,
  days: [],
  isActive: true,
});

export const fieldsOf = (schedule: Schedule): Required<ScheduleFields> => ({
  cameraId: schedule.cameraId,
  name: schedule.name,
  type: schedule.type,
  startTime: schedule.startTime.slice(0, 5),
  endTime: schedule.endTime.slice(0, 5),
  startDate: schedule.startDate,
  endDate: schedule.endDate,
  days: schedule.days,
  isActive: schedule.isActive,
});

/** "Fri, Sat, 18:00 – 06:00 the next morning". */
export function whenWords(schedule: ScheduleFields): string {
  if (schedule.type === 'continuous') return `All the time${dates(schedule)}`;
  const days =
    schedule.type === 'once'
      ? date(schedule.startDate)
      : schedule.type === 'daily'
        ? 'Every day'
        : DAYS.filter(({ id }) => schedule.days?.includes(id))
            .map(({ short }) => short)
            .join(', ') || 'No day';
  return `${days}, ${timeWords(schedule)}${schedule.type === 'once' ? '' : dates(schedule)}`;
}

export function timeWords({ startTime, endTime }: ScheduleFields): string {
  const [start, end] = [startTime?.slice(0, 5) ?? '', endTime?.slice(0, 5) ?? ''];
  if (start === end) return `${start} for 24 hours`;
  return end < start ? `${start} – ${end} the next morning` : `${start} – ${end}`;
}

function dates({ startDate, endDate }: ScheduleFields): string {
  if (startDate && endDate) return `, ${date(startDate)} to ${date(endDate)}`;
  if (startDate) return `, from ${date(startDate)}`;
  return endDate ? `, until ${date(endDate)}` : '';
}

function date(day: string | null | undefined): string {
  if (!day) return 'Once';
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** "Sat 18:00" on the household's clock. */
export function momentWords(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone }).format(new Date(at));
}

export function lengthWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${minutes} min`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
