import { act } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { serve, show } from '../../tests/render';
import { household } from './household';
import { LiveProvider } from './LiveProvider';

afterEach(() => {
  household.forget();
  vi.unstubAllGlobals();
});

describe('the live socket of a page', () => {
  it('follows when the household of the tab is forgotten: it must not knock at a closed door for ever', () => {
    const opened: string[] = [];
    vi.stubGlobal(
      'WebSocket',
      class {
        readyState = 0;
        onclose = null;
        constructor(address: string) {
          opened.push(new URL(address).search);
        }
        close() {}
      },
    );
    serve({});
    household.choose(7);
    show(
      <LiveProvider>
        <p>page</p>
      </LiveProvider>,
    );
    household.forget();
    act(() => void window.dispatchEvent(new Event('online')));
    expect(opened).toEqual(['?household=7', '']);
  });
});
