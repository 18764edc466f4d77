import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cameraOf, eventOf, me, problem, serve, show } from '../../../tests/render';
import { TimelinePage } from './TimelinePage';
import { WallTimelinePage } from './WallTimelinePage';

// A Sunday on which Berlin's clocks went back: 25 hours.
const DAY = '2025-10-26';
const at = (time: string) => `2025-10-26T${time}Z`;
const footage = {
  ranges: [
    { from: at('08:00:00'), to: at('09:00:00') },
    { from: at('09:10:00'), to: at('10:00:00') },
  ],
  gaps: [{ from: at('09:00:00'), to: at('09:10:00'), reason: 'cameraGone' }],
  bytes: 1000,
};
const noise = eventOf('a', { startedAt: at('08:30:00'), endedAt: at('08:30:06') });

const home = (more: object = {}) => ({
  'GET /api/v1/me': me,
  'GET /api/v1/cameras': [cameraOf(1, 'Nursery')],
  'GET /api/v1/cameras/1/footage': footage,
  'GET /api/v1/cameras/1/levels': { stepSeconds: 5, points: [{ at: at('08:30:00'), max: 9000, mean: 100 }] },
  'GET /api/v1/events': { events: [noise], next: null },
  ...more,
});

const open = (address = `/app/cameras/1/timeline?day=${DAY}`) =>
  show(<TimelinePage live={() => <p>live picture</p>} />, { at: address, path: '/app/cameras/:id/timeline' });

beforeEach(() => {
  // jsdom has no media; what plays is tested in a browser.
  for (const name of ['load', 'pause'] as const) vi.spyOn(HTMLMediaElement.prototype, name).mockImplementation(() => undefined);
  vi.spyOn(HTMLMediaElement.prototype, 'readyState', 'get').mockReturnValue(4);
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue(undefined);
});

describe('the timeline', () => {
  it('opens a day at its first footage and says where it is', async () => {
    serve(home());
    open();
    const axis = await screen.findByRole('slider', { name: 'Time of day' });
    await waitFor(() => expect(axis).toHaveAttribute('aria-valuetext', '09:00:00, recorded'));
    expect(axis).toHaveAttribute('aria-valuemax', String(25 * 3600));
    const video = await waitFor(() => {
      const found = document.querySelector('video[src]');
      expect(found).not.toBeNull();
      return found as HTMLVideoElement;
    });
    expect(video.src).toContain('/api/v1/cameras/1/footage.mp4?from=2025-10-26T08:00:00.000Z&to=2025-10-26T08:05:00.000Z');
  });

  it('tells what happened and what is missing, with its cause, and leads there', async () => {
    serve(home());
    open();
    expect(await screen.findByText('Not recorded: the camera did not answer')).toBeVisible();
    await userEvent.click(await screen.findByRole('button', { name: /Loud noise/ }));
    expect(screen.getByRole('slider', { name: 'Time of day' })).toHaveAttribute('aria-valuetext', '09:29:57, recorded');
  });

  it('moves by keys, over a gap as well, and from event to event', async () => {
    serve(home());
    open();
    const axis = await screen.findByRole('slider', { name: 'Time of day' });
    await waitFor(() => expect(axis).toHaveAttribute('aria-valuetext', '09:00:00, recorded'));
    await screen.findByRole('button', { name: /Loud noise/ });
    axis.focus();
    await userEvent.keyboard('n');
    expect(axis).toHaveAttribute('aria-valuetext', '09:29:57, recorded');
    await userEvent.keyboard('{ArrowRight}{PageUp}{PageUp}{PageUp}');
    expect(axis).toHaveAttribute('aria-valuetext', '10:00:02, not recorded: the camera did not answer');
    await userEvent.keyboard('{Home}');
    expect(axis).toHaveAttribute('aria-valuenow', '0');
  });

  it('shows the live picture at the end of today, and goes back to it', async () => {
    serve(home({ 'GET /api/v1/cameras/1/footage': { ranges: [], gaps: [], bytes: 0 }, 'GET /api/v1/events': { events: [], next: null } }));
    open('/app/cameras/1/timeline');
    expect(await screen.findByText('live picture')).toBeVisible();
    expect(await screen.findByText(/Nothing was recorded\./)).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: '10 seconds back' }));
    expect(screen.queryByText('live picture')).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Live' }));
    expect(screen.getByText('live picture')).toBeVisible();
  });

  it('stays live over midnight, on the new day', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, now: new Date('2025-10-25T21:59:40Z') });
    const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
    serve(home());
    open('/app/cameras/1/timeline?day=2025-10-25&at=2025-10-25T20:00:00Z');
    await user.click(await screen.findByRole('button', { name: 'Live' }));
    await screen.findByText('live picture');
    const axis = screen.getByRole('slider', { name: 'Time of day' });
    expect(axis).toHaveAttribute('aria-valuemax', String(24 * 3600));
    act(() => vi.advanceTimersByTime(40_000));
    // The day on which the clocks go back.
    await waitFor(() => expect(axis).toHaveAttribute('aria-valuemax', String(25 * 3600)));
    expect(screen.getByRole('button', { name: 'Today. Choose a day' })).toBeVisible();
    expect(screen.getByText('live picture')).toBeVisible();
    vi.useRealTimers();
  });

  it('says when a day cannot be read', async () => {
    serve(home({ 'GET /api/v1/cameras/1/footage': () => problem(400, 'At most eight days at once.') }));
    open();
    expect(await screen.findByText(/What was recorded cannot be read. At most eight days at once./)).toBeVisible();
  });

  it('saves a part, with handles that keys move', async () => {
    const asked = serve(
      home({
        'GET /api/v1/cameras/1/footage.mp4': () =>
          new Response('video', { headers: { 'Content-Length': '5', 'Content-Type': 'video/mp4' } }),
      }),
    );
    const saved: string[] = [];
    vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:1', revokeObjectURL: () => undefined }));
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(this: HTMLAnchorElement) {
      saved.push(this.download);
    });
    open();
    await waitFor(() => expect(screen.getByRole('button', { name: 'Save a part' })).toBeEnabled());
    await userEvent.click(screen.getByRole('button', { name: 'Save a part' }));
    const end = screen.getByRole('slider', { name: 'End of the part' });
    const before = Number(end.getAttribute('aria-valuenow'));
    end.focus();
    await userEvent.keyboard('{PageUp}{ArrowLeft}');
    expect(Number(end.getAttribute('aria-valuenow'))).toBe(before + 59);
    await userEvent.click(screen.getByRole('button', { name: 'Save video' }));
    expect(await screen.findByText('Saved to your downloads.')).toBeVisible();
    expect(saved).toEqual(['Nursery 2025-10-26 09-00-00.mp4']);
    expect(asked.some(({ call }) => call === 'GET /api/v1/cameras/1/footage.mp4')).toBe(true);
  });

  it('says why a part was not saved', async () => {
    serve(
      home({ 'GET /api/v1/cameras/1/footage.mp4': () => problem(503, 'The server has no room to make this clip playable at the moment.') }),
    );
    open();
    await waitFor(() => expect(screen.getByRole('button', { name: 'Save a part' })).toBeEnabled());
    await userEvent.click(screen.getByRole('button', { name: 'Save a part' }));
    await userEvent.click(screen.getByRole('button', { name: 'Save video' }));
    expect(await screen.findByText(/It was not saved. The server has no room/)).toBeVisible();
  });

  it('has no saving for those who may not', async () => {
    serve(home({ 'GET /api/v1/cameras': [cameraOf(1, 'Nursery', { canDownload: false })] }));
    open();
    await screen.findByRole('slider', { name: 'Time of day' });
    expect(screen.queryByRole('button', { name: 'Save a part' })).not.toBeInTheDocument();
  });

  it('has a calendar that knows the days with footage', async () => {
    serve(home({ 'GET /api/v1/cameras/1/footage/days': { days: ['2025-10-25', DAY] } }));
    open();
    await userEvent.click(await screen.findByRole('button', { name: 'Sun 26 Oct. Choose a day' }));
    const calendar = await screen.findByRole('dialog');
    await userEvent.click(await within(calendar).findByRole('button', { name: 'Saturday 25 October, recorded' }));
    expect(await screen.findByRole('button', { name: 'Sat 25 Oct. Choose a day' })).toBeVisible();
  });
});

describe('all cameras at one moment', () => {
  it('shows each with what it has there', async () => {
    serve(
      home({
        'GET /api/v1/cameras': [cameraOf(1, 'Nursery'), cameraOf(2, 'Hallway')],
        'GET /api/v1/cameras/2/footage': { ranges: [], gaps: [{ from: at('00:00:00'), to: at('23:00:00'), reason: 'paused' }], bytes: 0 },
      }),
    );
    show(<WallTimelinePage />, { at: `/app/timeline?day=${DAY}&at=${at('08:20:00')}`, path: '/app/timeline' });
    expect(await screen.findByText('1 of 2 cameras recorded')).toBeVisible();
    expect(await screen.findByText('not recorded: paused for privacy')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Leave out Hallway' }));
    expect(await screen.findByText('1 of 1 cameras recorded')).toBeVisible();
  });
});
