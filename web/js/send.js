/** Sending an order: attempts with a timeout, and retries with exponential backoff. */

import { isNeeded } from "./sign_in.js";

export const ATTEMPTS = 3;
export const TIMEOUT_SECONDS = 30;
const BACKOFF_SECONDS = 1;
const LONGEST_SECONDS = 30;

/**
 * Send an order until there is an outcome, at most three times.
 *
 * The idempotency key makes that safe. `report` gets `{number}` when an attempt begins, and
 * `{number, reason, delay}` (seconds) before the next one. The outcome is `{sent}`, `{refused}`,
 * `{unauthorized}` or, if nobody knows whether the order is stored, `{reason, retryAfter}`.
 */
export async function send(request, report) {
	for (let number = 1; ; number += 1) {
		report({ number });
		const outcome = await attempt(request);
		const delay = Math.max(BACKOFF_SECONDS * 2 ** (number - 1), outcome.retryAfter ?? 0);
		const isLast = number === ATTEMPTS || delay > LONGEST_SECONDS;
		if (!outcome.reason || isLast) return outcome;
		report({ number: number + 1, reason: outcome.reason, delay });
		await new Promise((resolve) => setTimeout(resolve, delay * 1000));
	}
}

async function attempt({ url, key, body, token }) {
	const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
	if (token) headers.Authorization = `Bearer ${token}`;
	const timeout = new AbortController();
	const timer = setTimeout(() => timeout.abort(), TIMEOUT_SECONDS * 1000);
	try {
		const { signal } = timeout;
		const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
		return outcome(response, await response.json().catch(() => null));
	} catch {
		return { reason: timeout.signal.aborted ? "timeout" : "network" };
	} finally {
		clearTimeout(timer);
	}
}

function outcome({ ok, status, headers }, content) {
	const retryAfter = seconds(headers.get("Retry-After"));
	if (status >= 500 || (ok && !content?.orderId)) return { reason: "unavailable", retryAfter };
	if (status === 429) return { reason: "busy", retryAfter };
	if (status === 401 && isNeeded) return { unauthorized: true };
	if (ok) return { sent: content };
	const errors = [content?.errors].flat().filter((each) => each?.field);
	return { refused: { status, message: content?.message, errors } };
}

/** Return the seconds in a `Retry-After`, which holds a number or a date. */
function seconds(retryAfter) {
	return Number(retryAfter ?? 0) || (Date.parse(retryAfter) - Date.now()) / 1000 || 0;
}
