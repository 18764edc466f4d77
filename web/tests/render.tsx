import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactElement } from 'react';
import { MemoryRouter, Route, Routes } from 'react-router';
import { vi } from 'vitest';
import { type Live, LiveContext } from '../src/api/live';
import type { Camera, CameraEvent, CameraStatus, Me } from '../src/api/types';
import { makeQueryClient } from '../src/app/queryClient';
import { theme } from '../src/app/theme';
import { LevelStore } from '../src/lib/levels';
import { ServerClock } from '../src/lib/serverClock';
import { SoundGate } from '../src/lib/sound';

type Answers = Record<string, unknown | ((body: unknown, url: URL) => unknown)>;
export type Asked = { call: string; body: unknown; household: string | null };

/** The server of a test: answers by "METHOD /path". A Response is sent as it is; anything else as JSON. */
export function serve(answers: Answers): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(input, 'http://vigil.test'), init);
    const url = new URL(request.url);
    const call = `${request.method} ${url.pathname}`;
    const text = await request.text();
    const body = text ? JSON.parse(text) : null;
    asked.push({ call, body, household: request.headers.get('X-Vigil-Household') });
    const answer = answers[call];
    if (answer === undefined) return problem(404, 'Not found');
    const value = typeof answer === 'function' ? answer(body, url) : answer;
    if (value instanceof Response) return value;
    return new Response(JSON.stringify(value), { status: 200, headers: { 'Content-Type': 'application/json' } });
  });
  return asked;
}

export function problem(status: number, detail: string, more: object = {}): Response {
  return new Response(JSON.stringify({ status, detail, ...more }), { status, headers: { 'Content-Type': 'application/problem+json' } });
}

export function quietGate(state: AudioContextState = 'running'): SoundGate {
  const context = {
    state,
    currentTime: 0,
    resume: async () => {
      context.state = 'running';
    },
    addEventListener: () => undefined,
    createGain: () => ({ gain: { setValueAtTime: () => undefined, linearRampToValueAtTime: () => undefined }, connect: () => undefined }),
    createOscillator: () => ({
      frequency: { setValueAtTime: () => undefined },
      connect: () => undefined,
      start: () => undefined,
      stop: () => undefined,
    }),
  };
  const gate = new SoundGate(() => context as never);
  gate.look();
  return gate;
}

export function liveWith(change: Partial<Live> = {}): Live {
  return {
    link: 'open',
    databaseAvailable: true,
    clock: new ServerClock(),
    levels: new LevelStore(),
    alerts: [],
    answer: () => undefined,
    sound: quietGate(),
    ...change,
  };
}

/** Renders one view as a signed-in page would, at an address, with routes beside it to see where it leads. */
export function show(
  view: ReactElement,
  { at = '/app/', path = '*', live = liveWith() }: { at?: string; path?: string; live?: Live } = {},
) {
  return render(
    <MantineProvider theme={theme} forceColorScheme="dark" env="test">
      <QueryClientProvider client={makeQueryClient()}>
        <LiveContext value={live}>
          <MemoryRouter initialEntries={[at]}>
            <Routes>
              <Route path={path} element={view} />
              {path !== '*' && <Route path="*" element={<p>somewhere else</p>} />}
            </Routes>
          </MemoryRouter>
        </LiveContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

export const me: Me = {
  account: { id: 1, uid: 'u', email: 'ana@example.org', username: 'ana', name: 'Ana', role: 'superadmin' },
  household: { id: 1, name: 'Our home', timeZone: 'Europe/Berlin', place: 'owner', isOutsider: false },
  households: [{ id: 1, name: 'Our home', place: 'owner', isOutsider: false }],
  session: { id: 1, expiresAt: '2027-01-01T00:00:00Z' },
};

export function statusOf(cameraId: number, change: Partial<CameraStatus> = {}): CameraStatus {
  return {
    cameraId,
    state: 'connecting',
    failure: 'none',
    detail: '',
    since: '2026-01-01T00:00:00Z',
    lastFrameAt: null,
    video: null,
    audio: null,
    reconnects: 0,
    ingest: 'native',
    ...change,
  };
}

export function cameraOf(id: number, name: string, change: Partial<Camera> = {}): Camera {
  return {
    id,
    uid: `uid-${id}`,
    name,
    location: '',
    address: 'rtsp://192.168.1.20/stream',
    subAddress: null,
    audioAddress: null,
    username: null,
    hasPassword: false,
    ingest: 'auto',
    onvifPort: null,
    paused: false,
    isActive: true,
    yellowThreshold: 1000,
    redThreshold: 5000,
    broadcastSeconds: 0.5,
    minClipSeconds: 1,
    maxClipSeconds: 5,
    crySensitivity: 'normal',
    quietSeconds: 3,
    preRollSeconds: 5,
    postRollSeconds: 2,
    recordOnAlert: true,
    recordAlways: false,
    status: statusOf(id),
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    room: null,
    peer: false,
    isPublic: false,
    access: 'admin',
    canRecord: true,
    canSchedule: true,
    canDownload: true,
    accessUntil: null,
    closed: null,
    ...change,
  };
}

export function eventOf(id: string, change: Partial<CameraEvent> = {}): CameraEvent {
  return {
    id,
    cameraId: 1,
    cameraName: 'Nursery',
    kind: 'sound',
    startedAt: new Date().toISOString(),
    endedAt: null,
    peak: 14_000,
    level: 'red',
    score: null,
    box: null,
    detail: null,
    clip: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    ...change,
  };
}
