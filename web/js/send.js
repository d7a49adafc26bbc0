/** Sending an order: attempts with a timeout, and retries with exponential backoff. */

export const ATTEMPTS = 3;
export const TIMEOUT_SECONDS = 30;
const FIRST_BACKOFF_SECONDS = 1;

/** With a longer `Retry-After`, the order waits instead. */
const LONGEST_WAIT_SECONDS = 30;

const UNAUTHORIZED = 401;
const TOO_MANY_REQUESTS = 429;

/**
 * Send an order until there is an outcome, at most three times.
 *
 * Repeated are network errors, timeouts, 429 and 5xx, never another 4xx. The idempotency key makes
 * that safe.
 *
 * @param {{url: string, key: string, body: string, token: string?}} request
 * @param {(event: object) => void} report - Gets `{number}` when an attempt begins, and
 *   `{number, reason, delay}` before the next one, with the delay in seconds.
 * @returns {Promise<object>} One of `{sent}` (the response), `{unauthorized}`,
 *   `{refused: {status, message, errors}}` and, if the outcome is unknown, `{reason, retryAfter}`.
 */
export async function send(request, report) {
  for (let number = 1; ; number += 1) {
    report({ number });
    const outcome = await attempt(request);
    const backoff = FIRST_BACKOFF_SECONDS * 2 ** (number - 1);
    const delay = Math.max(backoff, outcome.retryAfter ?? 0);
    if (!outcome.reason || number === ATTEMPTS || delay > LONGEST_WAIT_SECONDS) return outcome;
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
    const response = await fetch(url, { method: "POST", headers, body, signal: timeout.signal });
    return outcome(response, await content(response));
  } catch {
    return { reason: timeout.signal.aborted ? "timeout" : "network" };
  } finally {
    clearTimeout(timer);
  }
}

/** Return a response's JSON; an error without JSON is an error all the same. */
async function content(response) {
  const text = await response.text();
  return response.ok || text ? JSON.parse(text) : {};
}

function outcome(response, body) {
  if (response.ok) return { sent: body };
  if (response.status === UNAUTHORIZED) return { unauthorized: true };
  const retryAfter = seconds(response.headers.get("Retry-After"));
  if (response.status === TOO_MANY_REQUESTS) return { reason: "busy", retryAfter };
  if (response.status >= 500) return { reason: "unavailable", retryAfter };
  const { message, errors = [] } = body;
  return { refused: { status: response.status, message, errors } };
}

/** Return the seconds in a `Retry-After`, which holds seconds or a date; undefined without it. */
function seconds(retryAfter) {
  if (!retryAfter) return undefined;
  const wait = Number(retryAfter);
  return Number.isNaN(wait) ? Math.max(0, (Date.parse(retryAfter) - Date.now()) / 1000) || 0 : wait;
}
