/** The form on the page: what is typed, by the paths of the API's fields, and its violations. */

import { contentOf } from "./content.js";
import { addLabel, mark, rename } from "./field.js";
import { money, subtotal, total } from "./money.js";
import { schemaOf, violationsIn } from "./rules.js";
import { fill, locale, text } from "./texts.js";

export const element = document.querySelector("form");
const addButton = element.querySelector("#items");
const currencies = element.querySelector("#currency");
const template = document.querySelector("template").content.firstElementChild;

// As the keyboards of the user's region have it.
const { value: separator } = new Intl.NumberFormat(navigator.language)
	.formatToParts(1.5)
	.find(({ type }) => type === "decimal");

const items = () => [...element.querySelectorAll("li")];
const controls = () => [...element.querySelectorAll("input, select, textarea")];

let initialValues;
let edited;

/** Prepare the form; `initial` has the values of an empty one. */
export function start(initial, onEdit) {
	initialValues = initial;
	edited = onEdit;
	const names = new Intl.DisplayNames(locale, { type: "currency" });
	const codes = schemaOf("currency").enum;
	currencies.append(...codes.map((code) => new Option(`${code} – ${names.of(code)}`, code)));
	controls().forEach(addLabel);
	element.addEventListener("input", ({ target }) => react(target));
	addButton.addEventListener("click", () => {
		addItem().querySelector("input").focus();
		react(addButton);
	});
}

/** Show an order: a draft can be edited, one that waits only be read. */
export function show({ state, values }) {
	element.hidden = state === "sent";
	for (const part of element.querySelectorAll("#fields, #send")) part.disabled = state !== "draft";
	if (JSON.stringify(values) === JSON.stringify(typed())) return;
	const indexes = Object.keys(values).flatMap((path) => /^items\[(\d+)/.exec(path)?.[1] ?? []);
	const count = Object.keys(values).length ? new Set(indexes).size : 1;
	for (const item of items()) item.remove();
	for (let index = 0; index < count; index += 1) addItem();
	for (const control of controls()) {
		const { id, defaultValue = "" } = control;
		control.value = values[id] ?? initialValues[id] ?? defaultValue;
	}
	// The API may have dropped the one that was chosen.
	currencies.value ||= initialValues.currency;
	showViolations([]);
	showTotals();
}

export const typed = () => Object.fromEntries(controls().map(({ id, value }) => [id, value]));

export const order = () => contentOf(typed(), separator);

/** Mark the fields of violations, and no others; return these in the page's order. */
export function showViolations(violations) {
	const targets = element.querySelectorAll("input, select, textarea, #items, #shippingAddress");
	return [...targets].flatMap((control) => {
		const violation = violations.find(({ field }) => field === control.id);
		mark(control, violation?.message);
		const details = violation && control.closest("details");
		if (details) details.open = true;
		return violation ? [{ ...violation, label: labelOf(control) }] : [];
	});
}

/** Focus the field with a path, or the first one. */
export const focus = (path = controls()[0].id) => document.getElementById(path).focus();

function addItem() {
	const item = template.cloneNode(true);
	const quantity = item.querySelector("[data-field=quantity]");
	item.querySelector(".fewer").addEventListener("click", () => step(quantity, -1));
	item.querySelector(".more").addEventListener("click", () => step(quantity, 1));
	item.querySelector(".remove").addEventListener("click", () => remove(item));
	fill(item);
	element.querySelector("ol").append(item);
	number();
	item.querySelectorAll("input").forEach(addLabel);
	return item;
}

function remove(item) {
	const index = items().indexOf(item);
	item.remove();
	number();
	(items()[index]?.querySelector("input") ?? addButton).focus();
	react(addButton);
	document.querySelector("#announcement").textContent = text("items.removed", {
		number: index + 1,
		total: element.querySelector("#total").textContent,
	});
}

/** Name what is in the items by their positions. */
function number() {
	for (const [index, item] of items().entries()) {
		const name = (key) => text(`items.${key}`, { number: index + 1 });
		item.querySelector("legend").textContent = name("item");
		for (const key of ["remove", "fewer", "more"]) {
			item.querySelector(`.${key}`).ariaLabel = name(key);
		}
		for (const control of item.querySelectorAll("input")) {
			rename(control, `items[${index}].${control.dataset.field}`);
		}
	}
}

function step(quantity, change) {
	const { minimum, maximum } = schemaOf(quantity.id);
	const next = (Number.parseInt(quantity.value, 10) || 0) + change;
	quantity.value = Math.min(Math.max(next, minimum), maximum);
	react(quantity);
}

function react(control) {
	showTotals();
	if (control.dataset.message) {
		mark(control, violationsIn(order()).find(({ field }) => field === control.id)?.message);
	}
	edited();
}

function showTotals() {
	const entries = order().items;
	const amount = (value) => (value ? money(value, currencies.value) : "–");
	for (const [index, item] of items().entries()) {
		item.querySelector("b").textContent = amount(subtotal(entries[index]));
	}
	element.querySelector("#total").textContent = amount(total(entries));
}

function labelOf(control) {
	const item = control.closest("li")?.querySelector("legend").textContent;
	const label = control.labels?.[0] ?? control.querySelector("legend");
	return [item, label?.textContent ?? text("sections.items")].filter(Boolean).join(", ");
}
