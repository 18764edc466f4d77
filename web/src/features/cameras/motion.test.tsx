import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { cameraOf, serve, show } from '../../../tests/render';
import { boxStyle } from '../../ui/ClipDialog';
import { MotionForm } from './MotionForm';

const motion = {
  enabled: false,
  sensitivity: 5,
  minimumSeconds: 1,
  record: true,
  areas: [],
  state: 'off',
  detail: 'Nobody looks for motion here.',
};
const now = {
  state: 'watching',
  detail: '',
  at: '2026-01-01T02:00:00Z',
  moving: true,
  share: 0.04,
  box: { x: 0.1, y: 0.1, width: 0.2, height: 0.2 },
  columns: 32,
  rows: 18,
  cells: [40, 41, 42],
  lightChanged: false,
  shaken: false,
};

describe('motion', () => {
  it('is off, can be tried, and is switched on; a mask is drawn and its corner moved', async () => {
    let kept: Record<string, unknown> = motion;
    const asked = serve({
      'GET /api/v1/cameras/1/motion': () => kept,
      'GET /api/v1/cameras/1/motion/now': now,
      'PUT /api/v1/cameras/1/motion': (body: unknown) => {
        kept = { ...kept, ...(body as object) };
        return kept;
      },
    });
    const user = userEvent.setup();
    show(<MotionForm camera={cameraOf(1, 'Nursery')} />);
    await user.click(await screen.findByRole('button', { name: 'Try it first' }));
    expect(await screen.findByText('Something moves: 4 % of the picture')).toBeVisible();
    await user.click(screen.getByRole('switch', { name: 'Look for motion' }));
    await waitFor(() => expect(kept.enabled).toBe(true));

    await user.click(screen.getByRole('button', { name: 'Add a mask' }));
    const corner = await screen.findByRole('button', { name: /^Corner 1 of 4/ });
    corner.focus();
    await user.keyboard('{ArrowLeft}');
    await waitFor(() => expect(kept.areas).toMatchObject([{ kind: 'mask', points: [{ x: 0.28, y: 0.3 }, {}, {}, {}] }]));
    await user.click(screen.getByRole('button', { name: 'Add a corner' }));
    expect(await screen.findByRole('button', { name: /^Corner 5 of 5/ })).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Remove this mask' }));
    await waitFor(() => expect(kept.areas).toEqual([]));
    expect(asked.filter(({ call }) => call.startsWith('PUT')).length).toBe(5);
  });

  it('says what the server says when nothing can be seen', async () => {
    serve({
      'GET /api/v1/cameras/1/motion': { ...motion, enabled: true },
      'GET /api/v1/cameras/1/motion/now': {
        ...now,
        state: 'tooSparse',
        detail: 'The camera sends whole pictures too seldom.',
        moving: false,
        box: null,
        cells: [],
      },
    });
    show(<MotionForm camera={cameraOf(1, 'Nursery')} />);
    expect(await screen.findByText('The camera sends whole pictures too seldom.')).toBeVisible();
  });

  it('puts the box where it belongs on a picture that is not as wide as the player', () => {
    expect(boxStyle({ x: 0, y: 0.5, width: 1, height: 0.25 }, 4 / 3)).toEqual({ left: '12.5%', top: '50%', width: '75%', height: '25%' });
    expect(boxStyle({ x: 0.5, y: 0, width: 0.5, height: 1 }, 16 / 9)).toEqual({ left: '50%', top: '0%', width: '50%', height: '100%' });
  });
});
