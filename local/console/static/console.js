// Live regions: elements with an ID and `data-live="topic ..."`. When the server says that a topic
// has changed, their URL (`data-src`, or the page's own) is fetched again, and the element with the
// same ID in the response is merged into the one on the page.

const RETRY_MS = 1000;

const connection = document.getElementById("connection");
const pending = new Set();
let source;
let updating = false;

function connect() {
  source?.close();
  source = new EventSource("/events");
  source.onmessage = ({ data }) => {
    // The first message is empty: what has changed while there was no connection is unknown.
    report("");
    for (const region of document.querySelectorAll("[data-live]")) {
      const topics = region.dataset.live.split(" ");
      if (!data || data.split(" ").some((topic) => topics.includes(topic))) pending.add(region.id);
    }
    update();
  };
  source.onerror = () => {
    report("Connection lost, trying again …");
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
  };
}

function report(text) {
  if (connection.textContent !== text) connection.textContent = text;
}

// One round at a time: while it is slow, changes gather for the next one.
async function update() {
  if (updating) return;
  updating = true;
  while (pending.size) {
    const urls = Map.groupBy(
      [...pending].map((id) => document.getElementById(id)).filter(Boolean),
      (region) => region.dataset.src ?? location.href,
    );
    pending.clear();
    await Promise.all([...urls].map(([url, regions]) => refresh(url, regions)));
  }
  updating = false;
}

async function refresh(url, regions) {
  try {
    const response = await fetch(url);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const region of regions) {
      const wanted = page.getElementById(region.id);
      if (wanted && region.isConnected) merge(region, wanted);
    }
  } catch {
    // The server is away; when it is back, the event source's first message updates everything.
  }
}

// Make an element like another one, and keep every node that both have, with its focus, scroll
// position and selection. What somebody has opened or typed stays.
function merge(element, wanted) {
  if (element.isEqualNode(wanted)) return;
  mergeAttributes(element, wanted);
  const keys = new Set([...wanted.children].map(key).filter(Boolean));
  let next = element.firstChild;
  for (const child of [...wanted.childNodes]) {
    while (next && key(next) && !keys.has(key(next))) next = removed(next);
    const same = key(child) ? kept(element, key(child)) : alike(next, child) ? next : null;
    if (!same) {
      element.insertBefore(child, next);
      continue;
    }
    if (same === next) next = next.nextSibling;
    else element.insertBefore(same, next);
    if (same instanceof Element) merge(same, child);
    else if (same.data !== child.data) same.data = child.data;
  }
  while (next) next = removed(next);
}

function mergeAttributes(element, wanted) {
  for (const { name, value } of wanted.attributes) {
    if (element.getAttribute(name) !== value && !stays(element, name)) element.setAttribute(name, value);
  }
  for (const { name } of [...element.attributes]) {
    if (!wanted.hasAttribute(name) && !stays(element, name)) element.removeAttribute(name);
  }
}

const stays = (element, name) => element instanceof HTMLDetailsElement && name === "open";

const key = (node) => node.id || node.dataset?.key;

const kept = (element, wanted) => [...element.children].find((child) => key(child) === wanted);

const alike = (node, wanted) => node && node.nodeName === wanted.nodeName && !key(node);

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

// A hidden tab holds none of the few connections that a browser opens to one server.
document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : connect()));

// The notice of what was done is not shown again after a reload.
const url = new URL(location);
if (url.searchParams.has("notice")) {
  url.searchParams.delete("notice");
  history.replaceState(null, "", url);
}

connect();
