/**
 * The order on this device: its key, its state, and what was typed.
 *
 * A `draft` is edited. One that is `waiting` is sent until its outcome is known: then it is `sent`,
 * or a draft again, under the same key.
 */

const NAME = "order";

export const newOrder = () => ({ key: crypto.randomUUID(), state: "draft", values: {} });

/** The order, if the device has no room. */
let unsaved;

export const isSaved = () => !unsaved;

/** Return the order on the device; a new one if there is none that can be read. */
export function load() {
	let order = unsaved;
	try {
		order ??= JSON.parse(localStorage.getItem(NAME));
	} catch {}
	return order?.state && order.values ? order : newOrder();
}

export function save(order) {
	unsaved = undefined;
	try {
		localStorage.setItem(NAME, JSON.stringify(order));
	} catch {
		unsaved = order;
	}
}

/** Call a function when another tab has changed the order. */
export function onChange(listener) {
	addEventListener("storage", ({ key }) => key === NAME && listener());
	addEventListener("pageshow", ({ persisted }) => persisted && listener());
}
