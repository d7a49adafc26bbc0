/** What the page says about the order: sending, sent, will be sent, not sent. */

import { Decimal } from "./decimal.js";
import { formatAmount } from "./money.js";
import { ATTEMPTS, TIMEOUT_SECONDS } from "./send.js";

const CONFLICT = 409;

const panel = document.getElementById("status");
const part = (name) => document.getElementById(`status-${name}`);

export class Report {
  #form;
  #outbox;
  #texts;
  #locale;
  #beginSignIn;

  constructor({ form, outbox, texts, locale, beginSignIn }) {
    this.#form = form;
    this.#outbox = outbox;
    this.#texts = texts;
    this.#locale = locale;
    this.#beginSignIn = beginSignIn;
  }

  /** Show the order's state, and what has just happened to it. */
  show({ order, attempt, offline, unauthorized, refused, reason, delay }) {
    this.#form.show(order);
    if (attempt) this.#showAttempt(attempt);
    else if (order.state === "sent") this.#showSent(order);
    else if (unauthorized) this.#showUnauthorized();
    else if (offline) this.#showWaiting("offline", {});
    else if (reason) this.#showWaiting("later", { reason: this.#reason(reason), delay: this.#duration(delay) });
    else if (refused) this.#showRefused(refused);
    else this.#clear();
    // The button that had the focus is gone or disabled now.
    if (order.state !== "draft" && !panel.contains(document.activeElement)) panel.focus();
  }

  /** Show violations at their fields and in a list; the first field has the focus. */
  showViolations(violations) {
    const marked = this.#form.showViolations(violations);
    const others = violations.filter(({ field }) => !marked.some((each) => each.field === field));
    const problems = [
      ...marked.map(({ field, label, message }) => this.#link(field, `${label}: ${message}`)),
      ...others.map(({ field, message }) => `${field}: ${message}`),
    ];
    const text = this.#texts.get("status.notSent.invalid", { count: problems.length });
    this.#write("notSent", text, { problems });
    if (marked.length > 0) this.#form.focus(marked[0].field);
    else panel.focus();
  }

  /** @param {import("./sign_in.js").SignInError} error */
  showSignInError({ reason, values }) {
    const cause = this.#texts.get(`signIn.${reason}`, values);
    const actions = { "signIn.begin": this.#beginSignIn };
    this.#write("notSent", this.#texts.get("signIn.failed", { reason: cause }), { actions });
    panel.focus();
  }

  #showAttempt({ number, reason, delay }) {
    const values = { number, count: ATTEMPTS };
    const text = reason
      ? this.#texts.get("status.sending.retry", { ...values, reason: this.#reason(reason), delay: this.#duration(delay) })
      : this.#texts.get("status.sending.attempt", values);
    this.#write("sending", text);
  }

  #showSent({ email, response: { orderId, totalAmount, currency } }) {
    // A double holds the 15 digits that a total can have.
    const total = formatAmount(Decimal.parse(String(totalAmount)), currency, this.#locale);
    const key = email ? "status.sent.orderWithEmail" : "status.sent.order";
    const actions = { newOrder: () => this.#outbox.clear() };
    this.#write("sent", this.#texts.get(key, { orderId, total, email }), { actions });
  }

  #showUnauthorized() {
    const actions = { "signIn.begin": this.#beginSignIn, "actions.edit": () => this.#outbox.reopen() };
    this.#write("notSent", this.#texts.get("status.notSent.signIn"), { actions });
  }

  #showWaiting(key, values) {
    const actions = {
      "actions.sendNow": () => this.#outbox.resume({ now: true }),
      "actions.edit": () => this.#outbox.reopen(),
    };
    this.#write("waiting", this.#texts.get(`status.waiting.${key}`, values), { actions });
  }

  #showRefused({ status, message, errors }) {
    if (status === CONFLICT) this.#showConflict();
    else if (errors.length > 0) this.showViolations(errors);
    else this.#showMessage(message);
  }

  #showConflict() {
    const actions = {
      "actions.sendAsNew": () => this.#outbox.renew(),
      "actions.discard": () => this.#outbox.clear(),
    };
    this.#write("notSent", this.#texts.get("status.notSent.conflict"), { actions });
    panel.focus();
  }

  #showMessage(message) {
    this.#write("notSent", this.#texts.get("status.notSent.refused"), { problems: [message].filter(Boolean) });
    panel.focus();
  }

  #clear() {
    if (panel.contains(document.activeElement)) this.#form.focusFirst();
    panel.dataset.kind = "";
    for (const name of ["title", "text", "problems", "actions"]) part(name).replaceChildren();
  }

  #write(kind, text, { problems = [], actions = {} } = {}) {
    panel.dataset.kind = kind;
    part("title").textContent = this.#texts.get(`status.${kind}.title`);
    part("text").textContent = text;
    part("problems").replaceChildren(...problems.map(listItem));
    const buttons = Object.entries(actions).map(([key, act]) => button(this.#texts.get(key), act));
    part("actions").replaceChildren(...buttons);
  }

  #link(field, text) {
    const link = document.createElement("a");
    link.href = `#${field}`;
    link.textContent = text;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      this.#form.focus(field);
    });
    return link;
  }

  #reason(name) {
    return this.#texts.get(`reasons.${name}`, { seconds: TIMEOUT_SECONDS });
  }

  #duration(seconds) {
    const options = { style: "unit", unit: "second", unitDisplay: "long", maximumFractionDigits: 0 };
    return new Intl.NumberFormat(this.#texts.language, options).format(seconds);
  }
}

function listItem(content) {
  const item = document.createElement("li");
  item.append(content);
  return item;
}

function button(label, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = label;
  element.addEventListener("click", act);
  return element;
}
