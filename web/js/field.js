/** Fields: a control with its label and the message of its violation. */

import { isRequired, steps } from "./rules.js";
import { text } from "./texts.js";

/** Put a control into a field; its label says whether it is optional. */
export function addLabel(control) {
	const content = control.closest(".stepper") ?? control;
	const field = document.createElement("div");
	const label = document.createElement("label");
	field.className = "field";
	label.htmlFor = control.id;
	label.textContent = text(`fields.${steps(control.id).at(-1)}`);
	control.required = isRequired(control.id);
	if (!control.required && control.tagName !== "SELECT") {
		label.textContent = text("optional", { label: label.textContent });
	}
	content.replaceWith(field);
	field.append(label, content);
}

/** Give a control another path. */
export function rename(control, path) {
	const message = control.dataset.message;
	mark(control);
	for (const label of control.labels) label.htmlFor = path;
	control.id = path;
	mark(control, message);
}

/** Show the message of a violation at its field; without a message there is none. */
export function mark(control, message = "") {
	const id = `${control.id}-error`;
	document.getElementById(id)?.remove();
	control.dataset.message = message;
	control.removeAttribute("aria-invalid");
	control.removeAttribute("aria-describedby");
	if (!message) return;
	const error = { className: "error", id, textContent: message };
	control.closest(".field, fieldset").append(Object.assign(document.createElement("p"), error));
	control.setAttribute("aria-describedby", id);
	// Buttons and groups do not support it.
	if (control.labels?.length) control.setAttribute("aria-invalid", "true");
}
