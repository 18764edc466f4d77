import { act, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventOf, serve, show } from '../../tests/render';
import { household } from './household';
import { LiveProvider } from './LiveProvider';
import { useLive } from './live';

afterEach(() => household.forget());

function Alarms() {
  return <p>{useLive().alerts.length} alarms</p>;
}

describe('the live socket of a page', () => {
  it('puts up an alarm of just now on a device whose clock is an hour ahead', async () => {
    const serverNow = () => new Date(Date.now() - 3_600_000).toISOString();
    const alarm = { ...eventOf('a'), startedAt: serverNow(), endedAt: null, acknowledgedAt: null };
    type Socket = { onmessage: ((message: { data: string }) => void) | null; sent: string[] };
    const opened: Socket[] = [];
    vi.stubGlobal(
      'WebSocket',
      class {
        readyState = 1;
        onmessage = null;
        sent: string[] = [];
        constructor() {
          opened.push(this);
        }
        send(text: string) {
          this.sent.push(text);
        }
        close() {}
      },
    );
    const said = (message: object) => act(() => opened[0]?.onmessage?.({ data: JSON.stringify(message) }));
    serve({ 'GET /api/v1/events': { events: [alarm], next: null } });
    show(
      <LiveProvider>
        <Alarms />
      </LiveProvider>,
    );
    said({ type: 'hello', serverTime: serverNow() });
    expect(screen.getByText('0 alarms')).toBeVisible();
    const { t } = JSON.parse(opened[0]?.sent[0] ?? '{}');
    said({ type: 'pong', t, serverTime: serverNow() });
    expect(await screen.findByText('1 alarms')).toBeVisible();
  });

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
