import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { type Asked, cameraOf, serve, show } from '../../../tests/render';
import type { RoomPhone } from '../../api/types';
import { LullabyPanel } from './LullabyPanel';

const song = { id: '018f0000-0000-7000-8000-000000000001', name: 'Grandma’s song', seconds: 95 };
const lists = { 'GET /api/v1/lullabies': [song], 'GET /api/v1/cameras': [] };

/** What was changed, of all that was asked. */
const changes = (asked: Asked[]) => asked.filter(({ call }) => !call.startsWith('GET'));

const room: RoomPhone = {
  online: true,
  waiting: false,
  lastSeenAt: null,
  deviceName: 'Old phone',
  battery: null,
  charging: null,
  rttMs: null,
  lossPercent: null,
  microphone: null,
  talker: null,
  lullaby: null,
};

describe('the lullaby', () => {
  it('is started with what was chosen', async () => {
    const asked = serve({ 'PUT /api/v1/cameras/3/lullaby': {}, ...lists });
    show(<LullabyPanel camera={cameraOf(3, 'Nursery', { room })} />);
    await userEvent.selectOptions(screen.getByLabelText('Sound'), 'Music box');
    await userEvent.selectOptions(screen.getByLabelText('For'), '2 h');
    expect(changes(asked)).toHaveLength(0);
    await userEvent.click(screen.getByRole('button', { name: 'Play in the room' }));
    await waitFor(() => expect(changes(asked)[0]).toMatchObject({ body: { sound: 'melody', minutes: 120, volume: 0.4 } }));
  });

  it('that plays is named, changed without touching its end, and ended', async () => {
    // By the household's clock, not by that of whoever travels.
    const until = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T05:30:00Z`;
    const lullaby = { sound: 'brown' as const, file: null, fileName: null, volume: 0.3, startedBy: 'Ben', startedAt: until, until };
    const asked = serve({
      'PUT /api/v1/cameras/3/lullaby': {},
      'DELETE /api/v1/cameras/3/lullaby': () => new Response(null, { status: 204 }),
      'GET /api/v1/me': { household: { place: 'parent', timeZone: 'Asia/Kathmandu' } },
      ...lists,
    });
    show(<LullabyPanel camera={cameraOf(3, 'Nursery', { room: { ...room, lullaby } })} />);
    await waitFor(() => expect(screen.getByRole('status')).toHaveTextContent(/Wind .* plays until 11:15. Started by Ben/));
    await userEvent.selectOptions(screen.getByLabelText('Sound'), 'Heartbeat');
    await waitFor(() => expect(changes(asked)[0]).toMatchObject({ body: { sound: 'heartbeat', minutes: null, volume: 0.3 } }));
    await userEvent.click(screen.getByRole('button', { name: 'End the lullaby' }));
    await waitFor(() => expect(asked.map(({ call }) => call)).toContain('DELETE /api/v1/cameras/3/lullaby'));
  });

  it('may be a sound of our own, which is brought, played by its name, and deleted', async () => {
    const me = { household: { place: 'parent' } };
    const asked = serve({
      'GET /api/v1/me': me,
      'PUT /api/v1/cameras/3/lullaby': {},
      'DELETE /api/v1/lullabies/018f0000-0000-7000-8000-000000000001': () => new Response(null, { status: 204 }),
      ...lists,
    });
    show(<LullabyPanel camera={cameraOf(3, 'Nursery', { room })} />);
    await screen.findByRole('option', { name: song.name });
    await userEvent.selectOptions(screen.getByLabelText('Sound'), song.name);
    await userEvent.click(screen.getByRole('button', { name: 'Play in the room' }));
    await waitFor(() => expect(changes(asked)[0]).toMatchObject({ body: { sound: 'file', file: song.id, minutes: 60 } }));
    await userEvent.click(screen.getByText('Our own sounds'));
    expect(screen.getByText('1:35')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: `Delete ${song.name}` }));
    await userEvent.click(screen.getByRole('button', { name: 'Yes, delete' }));
    await waitFor(() => expect(changes(asked)).toHaveLength(2));
    expect(screen.getByLabelText('Sound')).toHaveValue('pink');
  });
});
