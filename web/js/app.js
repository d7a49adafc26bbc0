/** Starts the page: loads configuration, texts and rules, and connects the parts. */

import { Form } from "./form.js";
import { Outbox } from "./outbox.js";
import { Report } from "./report.js";
import { Rules } from "./rules.js";
import { SignIn } from "./sign_in.js";
import { Texts } from "./texts.js";

const element = (id) => document.getElementById(id);
const json = async (path) => (await fetch(path)).json();

const texts = await Texts.load(navigator.languages);
texts.fill(document);
// Numbers as in the user's region, if its language is the page's.
const locale = navigator.languages.find((each) => each.startsWith(texts.language)) ?? texts.language;

const [config, openapi] = await Promise.all([json("config.json"), json("openapi.json")]);
const rules = new Rules(openapi, (...rule) => texts.violation(...rule));
const signIn = config.auth === "jwt" ? new SignIn(config) : null;
const signInError = await signIn?.complete().catch((error) => error);
const form = new Form(element("order"), { rules, texts, locale, initial: initialValues() });
const outbox = new Outbox(config.ordersUrl, signIn, (event) => report.show(event));
const report = new Report({ form, outbox, texts, locale, beginSignIn });

form.onEdit(() => outbox.edit(form.values));
element("order").addEventListener("submit", (event) => {
  event.preventDefault();
  const violations = rules.violations(form.order);
  if (violations.length > 0) report.showViolations(violations);
  else outbox.submit(form.values, form.order);
});
element("clear").addEventListener("click", () => {
  if (confirm(texts.get("clearQuestion"))) outbox.clear();
});
connectSignIn();
await outbox.resume();
if (signInError) report.showSignInError(signInError);
document.documentElement.dataset.ready = "";
navigator.serviceWorker?.register("service-worker.js");

function initialValues() {
  const { name, email } = signIn?.claims ?? {};
  const currency = config.currency ?? rules.schema("currency").default;
  return { currency, customerName: name, customerEmail: email };
}

function beginSignIn() {
  signIn.begin().catch((error) => report.showSignInError(error));
}

function connectSignIn() {
  if (!signIn) return;
  element("sign-in").hidden = Boolean(signIn.token);
  element("sign-out").hidden = !signIn.token;
  element("sign-in").addEventListener("click", beginSignIn);
  element("sign-out").addEventListener("click", () => {
    // The next person on this device is somebody else.
    if (!outbox.isEmpty && !confirm(texts.get("signIn.endQuestion"))) return;
    outbox.clear();
    signIn.end();
  });
}
