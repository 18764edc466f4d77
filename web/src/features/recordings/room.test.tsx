import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { cameraOf, serve, show } from '../../../tests/render';
import type { FootageStorage } from '../../api/types';
import { FootageRoom } from './FootageRoom';
import { RecordButton } from './RecordButton';

const storage: FootageStorage = {
  freeBytes: 400e9,
  floorBytes: 2e9,
  maxBytes: null,
  bytesPerDay: 36e9,
  daysLeft: 11.2,
  words: '11 days left at this rate; then the oldest footage goes before its time.',
  cameras: [
    {
      cameraId: 1,
      name: 'Crib',
      bytes: 90e9,
      bytesPerDay: 36e9,
      oldest: null,
      hours: 168,
      isDefault: true,
      maxBytes: 100e9,
      missingBytes: null,
      heldBytes: null,
    },
  ],
};
const me = {
  account: { id: 1, name: 'Ana', role: 'dev' },
  household: { id: 1, name: 'Home', place: 'parent', timeZone: 'Europe/Berlin', isOutsider: false },
};

describe('room for footage', () => {
  it('says how long it lasts, and takes a limit for all cameras', async () => {
    const asked = serve({
      'GET /api/v1/me': me,
      'GET /api/v1/storage': storage,
      'GET /api/v1/storage/offsite': {
        state: 'away',
        words: 'The second disk is not connected: copies of recordings with a star wait.',
        waiting: 3,
        copied: 12,
        bytes: 4.2e9,
        lastCopiedAt: '2026-11-20T03:12:00Z',
      },
      'PUT /api/v1/storage': (body: unknown) => ({ ...storage, ...(body as object) }),
    });
    show(<FootageRoom />);
    expect(await screen.findByText(/11 days left at this rate/)).toBeVisible();
    expect(screen.getByText('90.0 GB · kept for 7 days · at most 100 GB')).toBeVisible();
    expect(await screen.findByRole('alert')).toHaveTextContent('The second disk is not connected');
    expect(screen.getByText('3 wait. 12 are there, 4.2 GB, the last since 20 Nov, 04:12.')).toBeVisible();
    const user = userEvent.setup();
    await user.type(screen.getByLabelText('All cameras, at most'), '50');
    expect(screen.getByText(/about 40\.0 GB of the oldest would be deleted/)).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(asked.find(({ call }) => call === 'PUT /api/v1/storage')?.body).toEqual({ maxBytes: 50e9 });
  });

  it('is nothing for a guest', async () => {
    const asked = serve({ 'GET /api/v1/me': { ...me, household: { ...me.household, place: 'guest' } } });
    show(<FootageRoom />);
    await screen.findByText((_, element) => element?.tagName === 'BODY');
    expect(asked.some(({ call }) => call === 'GET /api/v1/storage')).toBe(false);
  });
});

describe('the record button', () => {
  it('says since when by the clock on the wall of the household', async () => {
    const running = { id: 'r', cameraId: 1, kind: 'manual', status: 'recording', from: '2026-11-21T18:42:10Z', startedBy: 'Ana', gaps: [] };
    serve({ 'GET /api/v1/me': me, 'GET /api/v1/cameras/1/recordings': { recordings: [running], next: null } });
    show(<RecordButton camera={cameraOf(1, 'Crib')} />);
    expect(await screen.findByText(/Being recorded since 19:42, started by Ana\./)).toBeVisible();
  });
});
