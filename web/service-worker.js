/** Keeps the page usable offline: its files come from the network, or else from the cache. */

const CACHE = "order-form";
const SCRIPTS =
  "app decimal draft field form money outbox report rules send sign_in stack texts".split(" ");
const FILES = [
  "./",
  "config.json",
  "icons/icon-192.png",
  "icons/icon.svg",
  "manifest.json",
  "openapi.json",
  "style.css",
  "texts/en.json",
  ...SCRIPTS.map((name) => `js/${name}.js`),
];
const PATIENCE_MS = 3000;

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const isOurs = new URL(event.request.url).origin === location.origin;
  if (isOurs) event.respondWith(respond(event));
});

async function respond(event) {
  const cache = await caches.open(CACHE);
  const fresh = fetchAndKeep(event.request, cache);
  event.waitUntil(fresh.catch(() => {}));
  const impatience = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
  try {
    return await Promise.race([fresh, impatience]);
  } catch {
    // The URL has a query after a sign-in.
    return (await cache.match(event.request, { ignoreSearch: true })) ?? fresh;
  }
}

async function fetchAndKeep(request, cache) {
  const response = await fetch(request);
  if (response.ok && !new URL(request.url).search) await cache.put(request, response.clone());
  return response;
}
