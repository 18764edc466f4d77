import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventOf, problem, serve, show } from '../../tests/render';
import { household } from './household';
import { LiveProvider } from './LiveProvider';
import { useLive } from './live';

afterEach(() => household.forget());

const serverNow = () => new Date(Date.now() - 3_600_000).toISOString();

/** A page whose live socket is the test's: the server's clock is an hour behind the page's. */
function open(answers: Parameters<typeof serve>[0]) {
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
  serve(answers);
  show(
    <LiveProvider>
      <Alarms />
    </LiveProvider>,
  );
  const says = (message: object) => act(() => opened[0]?.onmessage?.({ data: JSON.stringify(message) }));
  return { says, pong: () => says({ type: 'pong', t: JSON.parse(opened[0]?.sent[0] ?? '{}').t, serverTime: serverNow() }) };
}

function Alarms() {
  return <p>{useLive().alerts.length} alarms</p>;
}

describe('the live socket of a page', () => {
  it('puts up an alarm of just now on a device whose clock is an hour ahead', async () => {
    const alarm = { ...eventOf('a'), startedAt: serverNow(), endedAt: null, acknowledgedAt: null };
    const page = open({ 'GET /api/v1/events': { events: [alarm], next: null } });
    page.says({ type: 'hello', serverTime: serverNow() });
    expect(screen.getByText('0 alarms')).toBeVisible();
    page.pong();
    expect(await screen.findByText('1 alarms')).toBeVisible();
  });

  it('asks again for the alarms of meanwhile when one request is lost', async () => {
    const alarm = { ...eventOf('a'), startedAt: serverNow(), endedAt: null, acknowledgedAt: null };
    const urls: string[] = [];
    const page = open({
      'GET /api/v1/events': (_: unknown, url: URL) => {
        urls.push(url.search);
        return urls.length === 1 ? problem(503, 'The database is away.') : { events: [alarm], next: null };
      },
    });
    page.says({ type: 'hello', serverTime: serverNow() });
    page.pong();
    expect(await screen.findByText('1 alarms', {}, { timeout: 5000 })).toBeVisible();
    expect(urls).toEqual(['?unanswered=true&limit=100', '?unanswered=true&limit=100']);
  });

  it('takes no history for news while the server’s time is unknown', async () => {
    const old = { ...eventOf('a'), startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:09Z', acknowledgedAt: null };
    const asked: string[] = [];
    const page = open({
      'GET /api/v1/events': () => {
        asked.push('events');
        return { events: [old], next: null };
      },
    });
    page.says({ type: 'hello', serverTime: serverNow() });
    page.says({ type: 'database', available: true });
    expect(asked).toEqual([]);
    page.pong();
    await waitFor(() => expect(asked).toEqual(['events']));
    expect(screen.getByText('0 alarms')).toBeVisible();
  });

  it('takes down what somebody else answered while the line was away, and only that', async () => {
    const a = { ...eventOf('a'), startedAt: serverNow(), endedAt: null, acknowledgedAt: null };
    const b = { ...a, id: 'b' };
    const page = open({
      'GET /api/v1/events': { events: [], next: null },
      'GET /api/v1/events/a': { ...a, acknowledgedAt: serverNow() },
      'GET /api/v1/events/b': b,
    });
    page.says({ type: 'hello', serverTime: serverNow() });
    page.says({ type: 'event', event: a });
    page.says({ type: 'event', event: b });
    expect(await screen.findByText('2 alarms')).toBeVisible();
    page.pong();
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
