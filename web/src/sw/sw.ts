// The offline shell. It keeps two kinds of files and nothing else:
//  - the "cannot reach the server" page, so that a dead server is said out loud instead of showing the browser's own page;
//  - files under /app/assets/, whose names carry their hash and therefore never go stale.
// It never keeps the application's HTML (an update would be stranded behind it), the API, or any media.

const worker = self as unknown as ServiceWorkerGlobalScope;

const SHELL = 'vigil-shell-1';
const ASSETS = 'vigil-assets-1';
const OFFLINE_PAGE = '/app/offline.html';
const SHELL_FILES = [OFFLINE_PAGE, '/app/offline.css', '/app/offline.js', '/app/icon.svg', '/app/icon-192.png'];
/** Two versions of the app and some to spare; the oldest entries go first. */
const MAX_ASSETS = 60;

worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(SHELL_FILES.map((file) => new Request(file, { cache: 'reload' }))))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELL && name !== ASSETS).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const url = new URL(request.url);
  if (url.origin !== worker.location.origin) return;
  if (request.mode === 'navigate') {
    // A clip opened in a tab of its own is media, lies outside /app/ and never comes through here.
    event.respondWith(page(request));
    return;
  }
  if (url.pathname.startsWith('/app/assets/')) event.respondWith(asset(request));
  else if (SHELL_FILES.includes(url.pathname)) event.respondWith(shellFile(request));
});

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(OFFLINE_PAGE)) ?? Response.error();
  }
}

async function shellFile(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}

async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(ASSETS);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.type === 'basic') {
    await cache.put(request, answer.clone());
    const keys = await cache.keys();
    await Promise.all(keys.slice(0, Math.max(0, keys.length - MAX_ASSETS)).map((key) => cache.delete(key)));
  }
  return answer;
}
