import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TestSocket } from '../../../tests/manualTimers';
import { cameraOf, liveWith, me, problem, serve, show, statusOf } from '../../../tests/render';
import { CameraPage } from './CameraPage';
import { LevelBar } from './LevelBar';
import { moved } from './LevelMeter';
import { columnsOf } from './SoundHistory';
import { WallPage } from './WallPage';

const sockets: string[] = [];
beforeEach(() => {
  sockets.length = 0;
  vi.stubGlobal(
    'WebSocket',
    class extends TestSocket {
      constructor(address: string) {
        super();
        sockets.push(address);
      }
    },
  );
  vi.stubGlobal('MediaSource', class {});
});

describe('the wall', () => {
  it('without cameras leads to adding one', async () => {
    serve({ 'GET /api/v1/me': me, 'GET /api/v1/cameras': [] });
    show(<WallPage />);
    expect(await screen.findByText('No camera yet')).toBeVisible();
    expect(screen.getByRole('link', { name: 'Add a camera' })).toHaveAttribute('href', '/app/cameras/new');
  });

  it('does not offer a guest to add one', async () => {
    serve({ 'GET /api/v1/me': { ...me, household: { ...me.household, place: 'guest' } }, 'GET /api/v1/cameras': [] });
    show(<WallPage />);
    expect(await screen.findByText(/Nobody has shared/)).toBeVisible();
    expect(screen.queryByRole('link', { name: 'Add a camera' })).not.toBeInTheDocument();
  });

  it('does not offer a visitor of the server to add one at home', async () => {
    serve({ 'GET /api/v1/me': { ...me, account: { ...me.account, role: 'visitor' } }, 'GET /api/v1/cameras': [] });
    show(<WallPage />);
    expect(await screen.findByText(/Your account is a visitor/)).toBeVisible();
    expect(screen.queryByRole('link', { name: 'Add a camera' })).not.toBeInTheDocument();
  });

  it('says when the list cannot be had, and tries again on a tap', async () => {
    let good = false;
    serve({ 'GET /api/v1/me': me, 'GET /api/v1/cameras': () => (good ? [cameraOf(1, 'Nursery')] : problem(403, 'Not for you.')) });
    show(<WallPage />);
    expect(await screen.findByRole('alert')).toHaveTextContent('Not for you.');
    good = true;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Nursery')).toBeVisible();
  });

  it('says of each camera how it is, and never opens a paused one', async () => {
    serve({
      'GET /api/v1/me': me,
      'GET /api/v1/cameras': [
        cameraOf(1, 'Nursery', { subAddress: 'rtsp://x/sub' }),
        cameraOf(2, 'Garden', { status: statusOf(2, { state: 'offline', failure: 'wrongPassword' }) }),
        cameraOf(3, 'Playroom', { paused: true, status: statusOf(3, { state: 'paused' }) }),
      ],
    });
    show(<WallPage />);
    expect(await screen.findByRole('link', { name: 'Nursery, Connecting …. Open' })).toHaveAttribute('href', '/app/cameras/1');
    expect(screen.getByText('User name or password is wrong')).toBeVisible();
    expect(screen.getByText('Not watching, not listening, not recording.')).toBeVisible();
    expect(sockets.map((address) => address.replace(/^.*cameras/, ''))).toEqual(['/1/live?quality=sub', '/2/live?quality=main']);
  });
});

describe('the sound bar', () => {
  it('does not show silence when nothing is heard', () => {
    const live = liveWith();
    show(<LevelBar cameraId={1} hasAudio />, { live });
    expect(screen.getByRole('img')).toHaveAccessibleName('Sound: not heard');
  });
  it('shows what is heard', () => {
    const live = liveWith();
    live.levels.set(1, { peak: 9000, level: 'red', receivedAt: performance.now() });
    show(<LevelBar cameraId={1} hasAudio />, { live });
    expect(screen.getByRole('img')).toHaveAccessibleName('Sound: loud');
  });
  it('says when a camera has no sound', () => {
    show(<LevelBar cameraId={1} hasAudio={false} />);
    expect(screen.getByText('no sound')).toBeVisible();
  });
});

describe('the page of a camera', () => {
  const open = (answers: Parameters<typeof serve>[0]) => {
    const asked = serve({ 'GET /api/v1/me': me, 'GET /api/v1/cameras/1/levels': { stepSeconds: 5, points: [] }, ...answers });
    show(<CameraPage recent={() => <p>lately</p>} />, { at: '/app/cameras/1', path: '/app/cameras/:id' });
    return asked;
  };

  it('moves a threshold with the arrow keys and tells the server', async () => {
    const asked = open({
      'GET /api/v1/cameras': [cameraOf(1, 'Nursery')],
      'PATCH /api/v1/cameras/1': (body: object) => cameraOf(1, 'Nursery', body),
    });
    const alarm = await screen.findByRole('slider', { name: 'Alarm from' });
    expect(alarm).toHaveAttribute('aria-valuenow', '73');
    fireEvent.keyDown(alarm, { key: 'ArrowRight' });
    await waitFor(() => expect(screen.getByRole('slider', { name: 'Alarm from' })).toHaveAttribute('aria-valuenow', '74'));
    await waitFor(() => expect(asked.find(({ call }) => call.startsWith('PATCH'))?.body).toMatchObject({ yellowThreshold: 1000 }));
  });

  it('lets a viewer look but not touch', async () => {
    open({ 'GET /api/v1/cameras': [cameraOf(1, 'Nursery', { access: 'view' })] });
    expect(await screen.findByRole('slider', { name: 'Alarm from' })).toBeDisabled();
    expect(screen.queryByRole('button', { name: 'Pause' })).not.toBeInTheDocument();
    expect(screen.queryByRole('link', { name: 'Settings' })).not.toBeInTheDocument();
  });

  it('pauses and resumes', async () => {
    open({
      'GET /api/v1/cameras': [cameraOf(1, 'Nursery')],
      'POST /api/v1/cameras/1/pause': (body: { paused: boolean }) =>
        cameraOf(1, 'Nursery', { ...body, status: statusOf(1, { state: 'paused' }) }),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Pause' }));
    expect(await screen.findByText('Not watching, not listening, not recording.')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Resume' })).toBeVisible();
  });

  it('says when the camera is not there', async () => {
    open({ 'GET /api/v1/cameras': [] });
    expect(await screen.findByText('This camera is not here')).toBeVisible();
  });
});

describe('thresholds', () => {
  it('never cross', () => {
    const low = moved({ yellow: 1000, red: 5000 }, 'yellow', 0.99);
    expect(low.yellow).toBeLessThan(5000);
    const high = moved({ yellow: 1000, red: 5000 }, 'red', 0);
    expect(high.red).toBeGreaterThan(1000);
    expect(moved({ yellow: 1000, red: 5000 }, 'yellow', -1).yellow).toBeGreaterThanOrEqual(1);
  });
});

describe('the sound of the last hour', () => {
  it('keeps the loudest of each part, and gaps stay gaps', () => {
    const at = (ms: number) => new Date(ms).toISOString();
    const points = [
      { at: at(100), max: 5, mean: 1 },
      { at: at(150), max: 9, mean: 1 },
      { at: at(950), max: 3, mean: 1 },
      { at: at(5000), max: 3, mean: 1 },
    ];
    expect(columnsOf(points, 0, 1000, 5)).toEqual([9, null, null, null, 3]);
  });
});
