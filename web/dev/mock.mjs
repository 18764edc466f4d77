// A stand-in for the server while working on the pages: `node dev/mock.mjs [port] [--first-visit]`, then VIGIL_URL=http://127.0.0.1:8099 npm run dev,
// or open the port itself after `npm run build`. It answers in the shapes of the API from memory, with pictures made by ffmpeg.
// POST /mock/noise raises an alarm, /mock/freeze?camera=1 stops a picture, /mock/cut drops all sockets for 20 s, /mock/end ends the session.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const port = Number(process.argv[2] ?? 8099);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const now = () => new Date().toISOString();
let owner = !process.argv.includes('--first-visit');
let signedIn = owner;
let cutUntil = 0;

const facts = {
  codec: 'h264',
  codecString: 'avc1.42c01f',
  width: 1280,
  height: 720,
  channels: 0,
  clockRate: 90000,
  framesPerSecond: 25,
  keyFrameIntervalSeconds: 1,
  bitrateBps: 900000,
};
const sound = {
  ...facts,
  codec: 'aac',
  codecString: 'mp4a.40.2',
  width: 0,
  height: 0,
  channels: 1,
  clockRate: 48000,
  framesPerSecond: 0,
  keyFrameIntervalSeconds: 0,
};
const status = (cameraId, state, failure = 'none') => ({
  cameraId,
  state,
  failure,
  detail: '',
  since: now(),
  lastFrameAt: state === 'live' ? now() : null,
  video: state === 'live' ? facts : null,
  audio: state === 'live' ? sound : null,
  reconnects: 0,
  ingest: 'native',
});
const camera = (id, name, location, state, failure) => ({
  id,
  uid: randomUUID(),
  name,
  location,
  address: `rtsp://192.168.1.${20 + id}:554/stream1`,
  subAddress: null,
  audioAddress: null,
  username: 'vigil',
  hasPassword: true,
  ingest: 'auto',
  paused: state === 'paused',
  yellowThreshold: 1000,
  redThreshold: 5000,
  minClipSeconds: 1,
  maxClipSeconds: 60,
  quietSeconds: 3,
  broadcastSeconds: 0.5,
  preRollSeconds: 5,
  postRollSeconds: 3,
  recordOnAlert: true,
  isActive: true,
  status: status(id, state, failure),
  createdAt: now(),
  updatedAt: now(),
  access: 'admin',
});
let cameras = [
  camera(1, 'Nursery', 'First floor', 'live'),
  camera(2, 'Hallway', 'Ground floor', 'live'),
  camera(3, 'Garden door', null, 'offline', 'noAnswer'),
  camera(4, 'Playroom', 'Ground floor', 'paused'),
];
const frozen = new Set();
const event = (kind, cameraId, minutesAgo, extra = {}) => {
  const at = new Date(Date.now() - minutesAgo * 60000);
  const ended = new Date(at.getTime() + 7000).toISOString();
  return {
    id: randomUUID(),
    cameraId,
    cameraName: cameras.find((one) => one.id === cameraId)?.name ?? 'Camera',
    kind,
    startedAt: at.toISOString(),
    endedAt: ended,
    peak: null,
    level: null,
    detail: null,
    clip: null,
    acknowledgedAt: at.toISOString(),
    acknowledgedBy: 'Ana',
    ...extra,
  };
};
const noise = (cameraId, minutesAgo, extra = {}) => {
  const made = event('sound', cameraId, minutesAgo, { peak: 14200, level: 'red', ...extra });
  made.clip = {
    url: `/api/v1/events/${made.id}/clip.mp4`,
    from: made.startedAt,
    to: made.endedAt ?? now(),
    ready: true,
    durationSeconds: 12,
  };
  return made;
};
const events = [
  noise(1, 34),
  event('cameraOnline', 2, 61),
  event('cameraOffline', 2, 63, { detail: 'The camera stopped sending' }),
  noise(1, 190, { acknowledgedAt: null, acknowledgedBy: null }),
  noise(2, 60 * 26),
];
const me = () => ({
  account: { id: 1, uid: randomUUID(), email: 'ana@example.org', username: 'ana', name: 'Ana', role: 'superadmin' },
  household: { id: 1, name: 'Our home', timeZone: 'Europe/Berlin', place: 'owner' },
  households: [{ id: 1, name: 'Our home', place: 'owner' }],
  session: { id: '1', expiresAt: now() },
});
const session = (id, userAgent, current) => ({
  id,
  createdAt: now(),
  lastSeenAt: now(),
  expiresAt: now(),
  userAgent,
  address: '192.168.1.44',
  current,
});

const routes = {
  'GET /api/v1/setup': () => ({ needsOwner: !owner, needsCode: true, registrationOpen: true, version: '0.1', serverName: 'home' }),
  'POST /api/v1/setup': () => {
    owner = signedIn = true;
    return me();
  },
  'POST /api/v1/session': (_, body) => {
    if (body.password === 'wrong') return 401;
    signedIn = true;
    return me();
  },
  'POST /api/v1/register': () => {
    signedIn = true;
    return me();
  },
  'DELETE /api/v1/session': () => {
    signedIn = false;
    return 204;
  },
  'GET /api/v1/me': me,
  'POST /api/v1/me/password': () => 204,
  'GET /api/v1/me/sessions': () => [
    session(1, 'Mozilla/5.0 (X11; Linux x86_64) Chrome/141 Safari/537.36', true),
    session(2, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18) Safari/604.1', false),
  ],
  'GET /api/v1/household/members': () => [
    { accountId: 1, name: 'Ana', email: 'ana@example.org', place: 'owner' },
    { accountId: 2, name: 'Ben', email: 'ben@example.org', place: 'parent' },
    { accountId: 3, name: null, email: 'sitter@example.org', place: 'guest' },
  ],
  'GET /api/v1/admin/accounts': () => [
    { id: 1, email: 'ana@example.org', username: 'ana', name: 'Ana', role: 'superadmin', isActive: true, createdAt: now() },
    { id: 2, email: 'ben@example.org', username: 'ben', name: 'Ben', role: 'dev', isActive: true, createdAt: now() },
    { id: 4, email: 'old@example.org', username: 'old', name: null, role: 'visitor', isActive: false, createdAt: now() },
  ],
  'GET /api/v1/admin/settings': () => ({ registration: 'private', defaultRole: 'dev' }),
  'GET /api/v1/admin/sessions': () => [
    { ...session(1, 'Mozilla/5.0 (X11; Linux x86_64) Chrome/141', true), accountId: 1, email: 'ana@example.org' },
    { ...session(3, 'curl/8', false), accountId: 2, email: 'ben@example.org' },
  ],
  'GET /api/v1/admin/storage': () => ({
    dataDirectory: '/var/lib/vigil',
    totalBytes: 512e9,
    freeBytes: 291e9,
    recordingsBytes: 83e9,
    databaseBytes: 1.2e9,
    cameras: [
      { cameraId: 1, bytes: 51e9 },
      { cameraId: 9, bytes: 32e9 },
    ],
  }),
  'GET /api/v1/cameras': () => cameras,
  'POST /api/v1/cameras': (_, body) => {
    const made = { ...camera(cameras.length + 1, body.name, body.location, 'live'), ...body };
    cameras.push(made);
    return made;
  },
  'POST /api/v1/cameras/test': (_, body) =>
    body.address?.includes('wrong')
      ? {
          success: false,
          failure: 'wrongPassword',
          detail: '401 Unauthorized',
          video: null,
          audio: null,
          ingest: 'native',
          playsInBrowsers: false,
          advice: null,
        }
      : { success: true, failure: 'none', detail: '', video: facts, audio: sound, ingest: 'native', playsInBrowsers: true, advice: null },
  'POST /api/v1/cameras/discover': () => [
    {
      name: 'TAPO C210',
      manufacturer: 'TP-Link',
      model: 'C210',
      host: '192.168.1.37',
      onvifUrl: 'http://192.168.1.37:2020/onvif',
      suggestedAddresses: ['rtsp://192.168.1.37:554/stream1', 'rtsp://192.168.1.37:554/stream2'],
    },
    {
      name: null,
      manufacturer: 'Reolink',
      model: 'E1 Pro',
      host: '192.168.1.61',
      onvifUrl: 'http://192.168.1.61/onvif',
      suggestedAddresses: ['rtsp://192.168.1.61:554/h264Preview_01_main'],
    },
  ],
  'GET /api/v1/cameras/vendors': () => [
    {
      make: 'TP-Link',
      models: [
        {
          model: 'Tapo (all)',
          main: 'rtsp://{host}:{port}/stream1',
          sub: 'rtsp://{host}:{port}/stream2',
          defaultPort: 554,
          note: 'Make a “camera account” in the Tapo app first.',
        },
      ],
    },
    {
      make: 'Reolink',
      models: [{ model: 'Most', main: 'rtsp://{host}:{port}/h264Preview_{channel}_main', sub: null, defaultPort: 554, note: null }],
    },
  ],
  'GET /api/v1/events': (url) => {
    const of = Number(url.searchParams.get('camera'));
    const kind = url.searchParams.get('kind');
    return { events: events.filter((one) => (!of || one.cameraId === of) && (!kind || one.kind === kind)), next: null };
  },
  'POST /mock/noise': () => {
    const made = noise(1, 0, { endedAt: null, acknowledgedAt: null, acknowledgedBy: null });
    events.unshift(made);
    tell({ type: 'event', event: made });
    return 204;
  },
  'POST /mock/freeze': (url) => {
    frozen.add(Number(url.searchParams.get('camera')));
    return 204;
  },
  'POST /mock/cut': () => {
    cutUntil = Date.now() + 20000;
    for (const one of live.clients) one.terminate();
    return 204;
  },
  'POST /mock/end': () => {
    signedIn = false;
    tell({ type: 'session_ended', reason: 'revoked' });
    return 204;
  },
  'POST /mock/database': (url) => {
    tell({ type: 'database', available: url.searchParams.get('up') === '1' });
    return 204;
  },
};

function route(method, url, body) {
  const fixed = routes[`${method} ${url.pathname}`];
  if (fixed) return fixed(url, body);
  const levels = /^\/api\/v1\/cameras\/(\d+)\/levels$/.exec(url.pathname);
  if (levels)
    return {
      stepSeconds: 5,
      points: Array.from({ length: 700 }, (_, index) => ({
        at: new Date(Date.now() - (700 - index) * 5000).toISOString(),
        max: Math.round(200 + 400 * Math.random() + (index > 500 && index < 520 ? 9000 : 0) + (index > 300 && index < 340 ? 1800 : 0)),
        mean: 150,
      })),
    };
  const one = /^\/api\/v1\/cameras\/(\d+)(\/pause)?$/.exec(url.pathname);
  if (one && (method === 'PATCH' || method === 'POST')) {
    cameras = cameras.map((kept) =>
      kept.id !== Number(one[1])
        ? kept
        : { ...kept, ...body, ...(one[2] ? { status: status(kept.id, body.paused ? 'paused' : 'live') } : {}) },
    );
    return cameras.find((kept) => kept.id === Number(one[1]));
  }
  const seen = /^\/api\/v1\/events\/([^/]+)\/acknowledge$/.exec(url.pathname);
  if (seen) {
    const found = events.find((kept) => kept.id === seen[1]);
    Object.assign(found, { acknowledgedAt: now(), acknowledgedBy: 'Ana' });
    tell({ type: 'event', event: found });
    return found;
  }
  return method === 'DELETE' || method === 'PATCH' || method === 'PUT' ? 204 : 404;
}

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://x');
  let text = '';
  request.on('data', (part) => {
    text += part;
  });
  request.on('end', () => {
    if (url.pathname.endsWith('clip.mp4')) {
      response.writeHead(200, { 'Content-Type': 'video/mp4' });
      const made = spawn(
        'ffmpeg',
        [
          '-v',
          'error',
          '-f',
          'lavfi',
          '-i',
          'testsrc2=s=640x360:r=25:d=12',
          '-f',
          'lavfi',
          '-i',
          'sine=f=440:d=12',
          '-c:v',
          'libx264',
          '-preset',
          'ultrafast',
          '-pix_fmt',
          'yuv420p',
          '-c:a',
          'aac',
          '-movflags',
          'frag_keyframe+empty_moov',
          '-f',
          'mp4',
          'pipe:1',
        ],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      made.stdout.pipe(response);
    } else if (/^\/(api|mock)\//.test(url.pathname)) {
      const open = /\/(setup|session|register)$/.test(url.pathname) || url.pathname.startsWith('/mock');
      const answer = signedIn || open ? route(request.method, url, text ? JSON.parse(text) : {}) : 401;
      const code = typeof answer === 'number' ? answer : 200;
      response.writeHead(code, { 'Content-Type': code >= 400 ? 'application/problem+json' : 'application/json' });
      response.end(code === 204 ? undefined : JSON.stringify(code >= 400 ? { status: code, title: 'No' } : answer));
    } else {
      let file = join(dist, normalize(url.pathname.replace(/^\/app/, '')));
      try {
        if (!statSync(file).isFile()) throw new Error();
      } catch {
        file = join(dist, 'index.html');
      }
      response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
      response.end(readFileSync(file));
    }
  });
});

const live = new WebSocketServer({ noServer: true });
const media = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  const url = new URL(request.url, 'http://x');
  if (!signedIn || Date.now() < cutUntil) return socket.destroy();
  if (url.pathname === '/ws/live') return live.handleUpgrade(request, socket, head, greet);
  const of = /^\/api\/v1\/cameras\/(\d+)\/live$/.exec(url.pathname);
  if (of) media.handleUpgrade(request, socket, head, (client) => stream(client, Number(of[1])));
  else socket.destroy();
});

function tell(message) {
  for (const client of live.clients) client.send(JSON.stringify(message));
}
function greet(client) {
  client.send(JSON.stringify({ type: 'hello', serverTime: now(), accountId: 1, householdId: 1 }));
  client.on('message', (data) => {
    const { type, t } = JSON.parse(data);
    if (type === 'ping') client.send(JSON.stringify({ type: 'pong', t, serverTime: now() }));
  });
}
setInterval(() => tell({ type: 'heartbeat', serverTime: now() }), 5000);
setInterval(() => {
  for (const one of cameras.filter((kept) => kept.status.state === 'live' && !frozen.has(kept.id))) {
    const peak = Math.round(Math.exp(4.5 + 2.6 * (1 + Math.sin(Date.now() / 3000 + one.id * 2)) ** 1.0 * 0.75 + Math.random() * 0.4));
    tell({
      type: 'level',
      cameraId: one.id,
      peak,
      level: peak >= one.redThreshold ? 'red' : peak >= one.yellowThreshold ? 'yellow' : 'none',
      at: now(),
    });
  }
}, 250);

// One ffmpeg per watched camera: init segment, then fragments since the last key frame for who comes later.
const feeds = new Map();
function stream(client, id) {
  let feed = feeds.get(id);
  if (!feed) {
    feed = makeFeed(id);
    feeds.set(id, feed);
  }
  const begin = () => {
    client.send(
      JSON.stringify({ type: 'init', mime: `video/mp4; codecs="${feed.codec}, mp4a.40.2"`, video: facts, audio: sound, generation: 1 }),
    );
    client.send(feed.init);
    for (const fragment of feed.group) client.send(fragment);
    feed.clients.add(client);
  };
  if (feed.init) begin();
  else feed.waiting.push(begin);
  client.on('close', () => {
    feed.clients.delete(client);
    if (feed.clients.size === 0) {
      feed.process.kill();
      feeds.delete(id);
    }
  });
}
function makeFeed(id) {
  const picture = id % 2 ? 'testsrc2=s=1280x720:r=25' : 'smptebars=s=1280x720:r=25';
  const child = spawn(
    'ffmpeg',
    [
      '-v',
      'error',
      '-re',
      '-f',
      'lavfi',
      '-i',
      picture,
      '-re',
      '-f',
      'lavfi',
      '-i',
      'sine=f=300',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-tune',
      'zerolatency',
      '-profile:v',
      'baseline',
      '-pix_fmt',
      'yuv420p',
      '-g',
      '25',
      '-c:a',
      'aac',
      '-movflags',
      'frag_every_frame+empty_moov+default_base_moof',
      '-write_prft',
      'wallclock',
      '-flush_packets',
      '1',
      '-f',
      'mp4',
      'pipe:1',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const feed = { process: child, init: null, codec: '', group: [], clients: new Set(), waiting: [] };
  let bytes = Buffer.alloc(0);
  let part = [];
  child.stdout.on('data', (data) => {
    bytes = Buffer.concat([bytes, data]);
    while (bytes.length >= 8 && bytes.length >= bytes.readUInt32BE(0)) {
      const box = Buffer.from(bytes.subarray(0, bytes.readUInt32BE(0)));
      bytes = bytes.subarray(box.length);
      part.push(box);
      const type = box.toString('latin1', 4, 8);
      if (type === 'moov') {
        const avcc = box.indexOf('avcC');
        feed.codec = `avc1.${box.subarray(avcc + 5, avcc + 8).toString('hex')}`;
        feed.init = Buffer.concat(part);
        part = [];
        for (const begin of feed.waiting.splice(0)) begin();
      } else if (type === 'mdat') {
        const whole = Buffer.concat(part);
        part = [];
        const trex = whole.indexOf('tfhd');
        // Track 1 is video; a key frame's sample flags have no "non sync" bit in what ffmpeg writes.
        if (whole.readUInt32BE(trex + 8) === 1 && whole.includes(Buffer.from([0x02, 0, 0, 0]), trex)) feed.group = [];
        feed.group.push(whole);
        if (frozen.has(id)) continue;
        for (const client of feed.clients) client.send(whole);
      }
    }
  });
  return feed;
}
server.listen(port, '127.0.0.1', () => console.log(`mock on http://127.0.0.1:${port}/app`));
process.on('SIGTERM', () => {
  for (const feed of feeds.values()) feed.process.kill();
  process.exit(0);
});
