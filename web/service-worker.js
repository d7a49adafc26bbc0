/** Keeps the page usable offline: its files come from the network, and from the cache without one. */

const CACHE = "order-form";
const FILES = [
  "./",
  "config.json",
  "icons/icon-192.png",
  "icons/icon-512.png",
  "icons/icon.svg",
  "js/app.js",
  "js/decimal.js",
  "js/draft.js",
  "js/form.js",
  "js/money.js",
  "js/outbox.js",
  "js/report.js",
  "js/rules.js",
  "js/send.js",
  "js/sign_in.js",
  "js/texts.js",
  "manifest.json",
  "openapi.json",
  "style.css",
  "texts/en.json",
];

/** With a slow network the cache responds. */
const PATIENCE_MS = 3000;

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = request.method === "GET" && new URL(request.url).origin === location.origin;
  if (isOurs) event.respondWith(respond(event));
});

async function respond(event) {
  const cache = await caches.open(CACHE);
  const fresh = fetchAndKeep(event.request, cache);
  event.waitUntil(fresh.catch(() => {}));
  const slow = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
  try {
    return await Promise.race([fresh, slow]);
  } catch {
    // The page after a sign-in has a query.
    return (await cache.match(event.request, { ignoreSearch: true })) ?? fresh;
  }
}

async function fetchAndKeep(request, cache) {
  const response = await fetch(request);
  if (response.ok && !new URL(request.url).search) await cache.put(request, response.clone());
  return response;
}
