/** Starts the page and connects its parts. */

import * as form from "./form.js";
import * as outbox from "./outbox.js";
import { show, showSignInError, showViolations } from "./report.js";
import { schemaOf, violationsIn } from "./rules.js";
import * as signIn from "./sign_in.js";
import { config } from "./stack.js";
import { fill, language, text } from "./texts.js";

const root = document.documentElement;
const byId = (id) => document.getElementById(id);

root.lang = language;
root.dir = text("direction");
document.title = text("title");
fill(root);

const error = signIn.isNeeded && (await signIn.complete().catch((failure) => failure));
const { name, email } = signIn.claims();
const currency = config.currency ?? schemaOf("currency").default;

// The customer ID is the token's.
if (signIn.isNeeded) byId("customerId").remove();

form.start({ currency, customerName: name, customerEmail: email }, () => outbox.edit(form.typed()));
form.element.onsubmit = (event) => {
	event.preventDefault();
	const order = form.order();
	const violations = violationsIn(order);
	if (violations.length) showViolations(violations);
	else outbox.submit(form.typed(), order);
};
byId("clear").onclick = () => confirm(text("clearQuestion")) && outbox.clear();
byId("sign-in").onclick = () => signIn.begin().catch(showSignInError);
byId("sign-out").onclick = () => {
	// The next person on this device is somebody else.
	if (!outbox.isEmpty() && !confirm(text("signIn.endQuestion"))) return;
	outbox.clear();
	signIn.end().catch(showSignInError);
};

outbox.start((event) => {
	show(event);
	byId("sign-in").hidden = !signIn.isMissing();
	byId("sign-out").hidden = !signIn.token();
});
if (error) showSignInError(error);
root.dataset.ready = "";
navigator.serviceWorker?.register("service-worker.js");
