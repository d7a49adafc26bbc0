/** The order from draft to outcome: once it waits, it is sent until the API has responded. */

import { exactJson } from "./decimal.js";
import * as drafts from "./draft.js";
import { send } from "./send.js";
import * as signIn from "./sign_in.js";
import { config } from "./stack.js";

/** Between rounds, unless the API wants a longer pause. */
const PAUSE_SECONDS = 60;
const DAY_SECONDS = 86_400;

let order = drafts.load();
let show;
let timer;
let isSending = false;

/** Resume the stored order; `listener` gets the order and what happens to it. */
export function start(listener) {
	show = listener;
	const wake = (now) => order.state === "waiting" && resume(now);
	addEventListener("online", () => wake(true));
	addEventListener("offline", () => wake());
	document.addEventListener("visibilitychange", () => document.hidden || wake());
	drafts.onChange(() => {
		order = drafts.load();
		resume();
	});
	resume();
}

export const isEmpty = () => Object.keys(order.values).length === 0;

export const edit = (values) => save({ ...order, values });

export function submit(values, content) {
	const { customerEmail: email } = content;
	save({ ...order, state: "waiting", values, email, body: exactJson(content), notBefore: 0 });
	resume();
}

/** Make the order a draft again; it keeps its key, because the API may have stored it. */
export const reopen = () => change({ ...order, state: "draft" });

/** Give the order a new key: an earlier version of it is stored, and this one is wanted. */
export const renew = () => save({ ...order, key: drafts.newOrder().key });

export const clear = () => change(drafts.newOrder());

/** Show the order; send it if it waits, at its time or `now`. */
export async function resume(now = false) {
	if (isSending) return;
	clearTimeout(timer);
	if (order.state !== "waiting") return show({ order });
	if (signIn.isMissing()) return show({ order, unauthorized: true });
	if (!navigator.onLine && !now) return show({ order, offline: true });
	const wait = order.notBefore - Date.now();
	if (wait > 0 && !now) return later(wait / 1000);
	isSending = true;
	// Another tab may be sending the same order.
	show({ order, attempt: { number: 1 } });
	const { notBefore } = order;
	await navigator.locks
		.request("order", () => sendWaiting(notBefore))
		.finally(() => (isSending = false));
}

async function sendWaiting(notBefore) {
	order = drafts.load();
	if (order.state !== "waiting") return show({ order });
	// Another tab has just tried.
	if (order.notBefore !== notBefore) return later((order.notBefore - Date.now()) / 1000);
	const current = order;
	const { key, body, email } = order;
	const request = { url: config.ordersUrl, key, body, token: signIn.token() };
	const outcome = await send(request, (attempt) => show({ order, attempt }));
	// Another tab has changed it.
	if (order !== current) return show({ order });
	if (outcome.reason) {
		const pause = Math.min(Math.max(PAUSE_SECONDS, outcome.retryAfter ?? 0), DAY_SECONDS);
		save({ ...order, reason: outcome.reason, notBefore: Date.now() + pause * 1000 });
		return later(pause);
	}
	if (outcome.sent) save({ state: "sent", values: {}, email, response: outcome.sent });
	if (outcome.refused) save({ ...order, state: "draft" });
	if (outcome.unauthorized) signIn.forget();
	show({ order, ...outcome });
}

/** Wait for a day at most: the clock may have been wrong. */
function later(pause) {
	const seconds = Math.min(pause, DAY_SECONDS);
	timer = setTimeout(() => resume(true), seconds * 1000);
	show({ order, reason: order.reason, delay: Math.ceil(seconds) });
}

function change(changed) {
	clearTimeout(timer);
	save(changed);
	show({ order });
}

function save(changed) {
	order = changed;
	drafts.save(order);
}
