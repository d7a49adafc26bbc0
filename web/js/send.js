/** Sending an order: attempts with a timeout, and retries with exponential backoff. */

export const ATTEMPTS = 3;
export const TIMEOUT_SECONDS = 30;
const BACKOFF_SECONDS = 1;
const LONGEST_BACKOFF_SECONDS = 30;

/**
 * Send an order until there is an outcome, at most three times.
 *
 * Network errors, timeouts, 429 and 5xx are repeated, which the idempotency key makes safe.
 *
 * `report` gets `{number}` when an attempt begins, and `{number, reason, delay}` (seconds) before
 * the next one. The outcome is `{sent}` with the response's body, `{unauthorized}`, `{refused}` with
 * `{status, message, errors}` or, if nobody knows whether the order is stored,
 * `{reason, retryAfter}`.
 */
export async function send(request, report) {
  for (let number = 1; ; number += 1) {
    report({ number });
    const outcome = await attempt(request);
    const delay = Math.max(BACKOFF_SECONDS * 2 ** (number - 1), outcome.retryAfter ?? 0);
    const isLast = number === ATTEMPTS || delay > LONGEST_BACKOFF_SECONDS;
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
    const response = await fetch(url, { method: "POST", headers, body, signal: timeout.signal });
    return outcome(response, await response.text());
  } catch {
    return { reason: timeout.signal.aborted ? "timeout" : "network" };
  } finally {
    clearTimeout(timer);
  }
}

function outcome({ ok, status, headers }, body) {
  const retryAfter = seconds(headers.get("Retry-After"));
  if (status >= 500) return { reason: "unavailable", retryAfter };
  if (status === 429) return { reason: "busy", retryAfter };
  if (status === 401) return { unauthorized: true };
  if (ok) return { sent: JSON.parse(body) };
  return { refused: { errors: [], ...details(body), status } };
}

function details(body) {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

/** Return the seconds in a `Retry-After`, which holds a number or a date. */
function seconds(retryAfter) {
  return Number(retryAfter ?? 0) || (Date.parse(retryAfter) - Date.now()) / 1000 || 0;
}
