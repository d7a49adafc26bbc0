/** Keeps the page usable offline: its files come from the network, or else from the cache. */

const CACHE = "order-form";
const SCRIPTS =
	"app content decimal draft field form money outbox report rules send sign_in stack texts";
const FILES = [
	"./",
	"config.json",
	"icons/icon.svg",
	"openapi.json",
	"style.css",
	"texts/en.json",
	...SCRIPTS.split(" ").map((name) => `js/${name}.js`),
];

/** After a slow response, the cache responds. */
const TIMEOUT_MS = 3000;
const PAUSE_MS = 30_000;
let slowUntil = 0;

addEventListener("install", (event) => {
	skipWaiting();
	event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
	const { method, url } = event.request;
	if (method === "GET" && new URL(url).origin === location.origin) event.respondWith(respond(event));
});

async function respond(event) {
	const cache = await caches.open(CACHE);
	const fresh = fetchAndKeep(event.request, cache);
	event.waitUntil(fresh.catch(() => {}));
	// The URL has a query after a sign-in.
	const kept = await cache.match(event.request, { ignoreSearch: true });
	if (!kept) return fresh;
	const good = fresh.then((response) => (response.ok ? response : kept));
	return Promise.race([good.catch(() => kept), timeout().then(() => kept)]);
}

async function timeout() {
	if (Date.now() < slowUntil) return;
	await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS));
	slowUntil = Date.now() + PAUSE_MS;
}

async function fetchAndKeep(request, cache) {
	const response = await fetch(request);
	// The device may have no room.
	if (response.ok && !new URL(request.url).search) {
		await cache.put(request, response.clone()).catch(() => {});
	}
	return response;
}
