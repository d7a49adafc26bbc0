/**
 * The order on this device, which survives reloads: its key, its state, and what was typed.
 *
 * A `draft` is edited. One that is `waiting` is sent until its outcome is known: then it is `sent`,
 * or a draft again, under the same key.
 */

const NAME = "order";

export const newOrder = () => ({ key: crypto.randomUUID(), state: "draft", values: {} });

export const load = () => JSON.parse(localStorage.getItem(NAME)) ?? newOrder();

export const save = (order) => localStorage.setItem(NAME, JSON.stringify(order));

/** Call a function when another tab has changed the order. */
export function onChange(listener) {
  addEventListener("storage", ({ key }) => key === NAME && listener());
}
