/** The order as the API takes it, from what is typed: texts trimmed, numbers as decimals. */

import { Decimal } from "./decimal.js";
import { schemaOf, steps } from "./rules.js";

/** Return an order without its empty fields; `separator` is the decimal one. */
export function contentOf(typed, separator) {
	const content = { items: [] };
	for (const [path, text] of Object.entries(typed)) {
		const [name, index] = steps(path);
		const value = valueOf(text, schemaOf(path), separator);
		if (name === "items") content.items[index] ??= {};
		if (value !== "") assign(content, steps(path), value);
	}
	return content;
}

/** Return a value in Unicode's NFC, as the API stores it; a text that is no number stays a text. */
function valueOf(text, { type, component }, separator) {
	const normal = text.normalize("NFC");
	if (component === "Lines") return normal;
	const trimmed = normal.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
	return (type !== "string" && Decimal.parse(trimmed, separator)) || trimmed;
}

/** Set a value in nested objects. */
function assign(object, [name, ...rest], value) {
	if (rest.length) assign((object[name] ??= {}), rest, value);
	else object[name] = value;
}
