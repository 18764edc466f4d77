import { fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Zoomable } from './Zoomable';

const shown = () => screen.getByText('crib').parentElement?.style.transform ?? '';

describe('a picture to look closer at', () => {
  it('goes in by plus, moves by arrows, and is whole again by zero', async () => {
    render(
      <Zoomable>
        <p>crib</p>
      </Zoomable>,
    );
    const user = userEvent.setup();
    await user.tab();
    expect(screen.getByRole('application')).toHaveFocus();
    await user.keyboard('++');
    expect(shown()).toContain('scale(2.25)');
    const before = shown();
    await user.keyboard('{ArrowRight}');
    expect(shown()).not.toBe(before);
    await user.keyboard('0');
    expect(shown()).toBe('');
  });

  it('goes in by the wheel, and a button shows the whole', async () => {
    render(
      <Zoomable>
        <p>crib</p>
      </Zoomable>,
    );
    expect(fireEvent.wheel(screen.getByRole('application'), { deltaY: -300 })).toBe(false);
    expect(shown()).toContain('scale(1.8');
    await userEvent.click(screen.getByRole('button', { name: 'Show the whole picture' }));
    expect(shown()).toBe('');
  });

  it('lets the page scroll by a wheel that would make a whole picture smaller', () => {
    render(
      <Zoomable>
        <p>crib</p>
      </Zoomable>,
    );
    expect(fireEvent.wheel(screen.getByRole('application'), { deltaY: 300 })).toBe(true);
  });

  it('begins anew with another key', async () => {
    const of = (camera: number) => (
      <Zoomable key={camera}>
        <p>crib</p>
      </Zoomable>
    );
    const { rerender } = render(of(1));
    fireEvent.wheel(screen.getByRole('application'), { deltaY: -300 });
    rerender(of(2));
    expect(shown()).toBe('');
  });
});
