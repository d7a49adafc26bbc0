/** What the page says about the order: sending, sent, will be sent, not sent. */

import { Decimal } from "./decimal.js";
import { isSaved } from "./draft.js";
import * as form from "./form.js";
import { money } from "./money.js";
import * as outbox from "./outbox.js";
import { ATTEMPTS, TIMEOUT_SECONDS } from "./send.js";
import * as signIn from "./sign_in.js";
import { language, text } from "./texts.js";

const panel = document.querySelector("#status");
const part = (name) => panel.querySelector(`#status-${name}`);

/** What the buttons do, by their texts. */
const ACTIONS = {
	title: outbox.clear,
	"actions.discard": outbox.clear,
	"actions.edit": outbox.reopen,
	"actions.sendNow": () => outbox.resume(true),
	"actions.sendAsNew": () => {
		outbox.renew();
		form.element.requestSubmit();
	},
	"signIn.begin": () => signIn.begin().catch(showSignInError),
};

/** Show the order's state, and what has just happened to it. */
export function show({ order, attempt, offline, unauthorized, refused, reason, delay }) {
	const hadFocus = panel.contains(document.activeElement);
	form.show(order);
	const key = attempt?.reason ? "details.retry" : "details.attempt";
	if (attempt) write("sending", text(key, values(attempt)));
	else if (order.state === "sent") showSent(order);
	else if (unauthorized) write("notSent", text("details.signIn"), ["signIn.begin", "actions.edit"]);
	else if (offline) showWaiting("offline");
	else if (reason) showWaiting("later", values({ reason, delay }));
	else if (refused) showRefused(refused);
	else {
		write("", "");
		if (hadFocus) form.focus();
	}
	// The button that had the focus is gone or disabled now.
	if (order.state !== "draft" && !panel.contains(document.activeElement)) panel.focus();
}

/** Show violations at their fields and in a list; the first field has the focus. */
export function showViolations(violations) {
	const marked = form.showViolations(violations);
	const others = violations.filter(({ field }) => !marked.some((each) => each.field === field));
	const problems = [
		...marked.map(({ field, label, message }) =>
			element("a", `${label}: ${message}`, { href: `#${field}` }),
		),
		...others.map(({ field, message }) => `${field}: ${message}`),
	];
	write("notSent", text("details.invalid", { count: problems.length }), [], problems);
	if (marked.length) form.focus(marked[0].field);
	else panel.focus();
}

/** Show an error of `sign_in.js`. */
export function showSignInError(error) {
	// An ID token that cannot be read has another message.
	const reason = text(`signIn.${error.message}`, error.values) ?? text("signIn.mismatch");
	write("notSignedIn", reason, ["signIn.begin"]);
	panel.focus();
}

function showSent({ email, response: { orderId, totalAmount, currency } }) {
	// The 15 digits that a total can have are exact in a double.
	const total = money(Decimal.parse(String(totalAmount)), currency);
	const key = email ? "details.orderWithEmail" : "details.order";
	write("sent", text(key, { orderId, total, email }), ["title"]);
}

function showWaiting(key, details) {
	const sentence = isSaved() ? key : "unsaved";
	write("waiting", text(`details.${sentence}`, details), ["actions.sendNow", "actions.edit"]);
}

function showRefused({ status, message, errors }) {
	if (status === 409) {
		write("notSent", text("details.conflict"), ["actions.sendAsNew", "actions.discard"]);
	} else if (errors.length) {
		return showViolations(errors);
	} else {
		write("notSent", text("details.refused"), [], [message ?? status]);
	}
	panel.focus();
}

function values({ number, reason, delay = 0 }) {
	const unit = { style: "unit", unit: "second", unitDisplay: "long", maximumFractionDigits: 0 };
	return {
		number,
		count: ATTEMPTS,
		reason: reason && text(`reasons.${reason}`, { seconds: TIMEOUT_SECONDS }),
		delay: new Intl.NumberFormat(language, unit).format(delay),
	};
}

function write(kind, details, actions = [], problems = []) {
	panel.dataset.kind = kind;
	part("title").textContent = kind && text(`status.${kind}`);
	part("text").textContent = details;
	part("problems").replaceChildren(...problems.map((problem) => element("li", problem)));
	const button = (key) => element("button", text(key), { onclick: ACTIONS[key] });
	part("actions").replaceChildren(...actions.map(button));
}

function element(name, content, properties) {
	const created = Object.assign(document.createElement(name), properties);
	created.append(content);
	return created;
}
