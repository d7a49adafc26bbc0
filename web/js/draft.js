/**
 * The order of this device, which survives reloads: what was typed, its idempotency key, its state.
 *
 * States: `draft` is edited; `waiting` is complete and is sent until the outcome is known; `sent`
 * is final. A draft keeps its key when it is refused, so that one order never becomes two.
 */

const NAME = "order";

/** Return an empty order with a key of its own. */
export const newOrder = () => ({ key: crypto.randomUUID(), state: "draft", values: {} });

export function load() {
  return JSON.parse(localStorage.getItem(NAME)) ?? newOrder();
}

export function save(order) {
  localStorage.setItem(NAME, JSON.stringify(order));
  return order;
}

/** Call a function when another tab changes the order. */
export function onChange(listener) {
  addEventListener("storage", (event) => event.key === NAME && listener());
}
