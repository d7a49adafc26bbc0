/** The form on the page: its values by the paths of the API's fields, items, violations. */

import { Decimal } from "./decimal.js";
import { decimalSeparator, formatAmount, subtotal, total } from "./money.js";
import { steps, trimmed } from "./rules.js";

const FIRST_QUANTITY = "1";

export class Form {
  #form;
  #rules;
  #texts;
  #locale;
  #initial;
  #separator = decimalSeparator(navigator.language);
  #edited = () => {};

  /**
   * @param {HTMLFormElement} form
   * @param {object} settings
   * @param {Object<string, string>} settings.initial - Values of an empty form, by path.
   */
  constructor(form, { rules, texts, locale, initial }) {
    this.#form = form;
    this.#rules = rules;
    this.#texts = texts;
    this.#locale = locale;
    this.#initial = initial;
    this.#addCurrencies();
    for (const control of this.#controls()) this.#prepare(control);
    form.addEventListener("input", (event) => this.#react(event.target));
    this.#addButton.addEventListener("click", () => this.#addEmptyItem());
  }

  /** Call a function when the user has changed something. */
  onEdit(listener) {
    this.#edited = listener;
  }

  /** Show an order: a draft can be edited, a waiting one only be read, and a sent one is gone. */
  show({ state, values }) {
    this.#form.hidden = state === "sent";
    this.#form.querySelector("#fields").disabled = state !== "draft";
    this.#form.querySelector("#send").disabled = state !== "draft";
    if (JSON.stringify(values) !== JSON.stringify(this.values)) this.#write(values);
  }

  /** What is typed, by path. */
  get values() {
    return Object.fromEntries(this.#controls().map((control) => [control.id, control.value]));
  }

  /** The order as the API takes it: texts trimmed, numbers as decimals, without empty fields. */
  get order() {
    const order = { items: this.#items().map(() => ({})) };
    for (const control of this.#controls()) {
      const value = this.#value(control);
      if (value !== "") assign(order, steps(control.id), value);
    }
    return order;
  }

  /** Mark fields that violate rules, and no others; return the violations that have a field. */
  showViolations(violations) {
    return this.#targets().flatMap((control) => {
      const violation = violations.find(({ field }) => field === control.id);
      this.#mark(control, violation?.message);
      return violation ? [{ ...violation, label: this.#label(control) }] : [];
    });
  }

  focus(path) {
    const control = document.getElementById(path);
    const details = control.closest("details");
    if (details) details.open = true;
    control.focus();
  }

  focusFirst() {
    this.#controls()[0].focus();
  }

  get #list() {
    return this.#form.querySelector("#item-list");
  }

  get #addButton() {
    return this.#form.querySelector("#items");
  }

  #items() {
    return [...this.#list.children];
  }

  #controls() {
    return [...this.#form.querySelectorAll("input, select, textarea")].filter(
      (control) => !control.closest(".field[hidden]"),
    );
  }

  /** Everything that can violate a rule, in the order of the page. */
  #targets() {
    return [...this.#form.querySelectorAll("input, select, textarea, #items, #shippingAddress")];
  }

  #value(control) {
    const text = control.tagName === "TEXTAREA" ? control.value.normalize("NFC") : trimmed(control.value);
    const { type } = this.#rules.schema(control.id);
    const isNumber = type === "number" || type === "integer";
    return (isNumber && Decimal.parse(text, this.#separator)) || text;
  }

  #addCurrencies() {
    const select = this.#form.querySelector("#currency");
    const names = new Intl.DisplayNames(this.#locale, { type: "currency" });
    const { enum: codes } = this.#rules.schema("currency");
    select.append(...codes.map((code) => new Option(`${code} – ${names.of(code)}`, code)));
  }

  #prepare(control) {
    const label = this.#form.querySelector(`label[for="${control.id}"]`);
    if (this.#rules.isRequired(control.id)) {
      control.required = true;
    } else if (control.tagName !== "SELECT") {
      label.textContent = this.#texts.get("optional", { label: label.textContent });
    }
  }

  #write(values) {
    const indexes = Object.keys(values).flatMap((path) => /^items\[(\d+)\]/.exec(path)?.[1] ?? []);
    const isEmpty = Object.keys(values).length === 0;
    this.#list.replaceChildren();
    for (let count = isEmpty ? 1 : new Set(indexes).size; count > 0; count -= 1) this.#addItem();
    for (const control of this.#controls()) {
      const { field } = control.dataset;
      const initial = field === "quantity" ? FIRST_QUANTITY : this.#initial[control.id];
      control.value = values[control.id] ?? initial ?? "";
    }
    this.showViolations([]);
    this.#showTotals();
  }

  #addItem() {
    const item = document.querySelector("#item").content.cloneNode(true).firstElementChild;
    this.#texts.fill(item);
    this.#list.append(item);
    this.#number();
    for (const control of item.querySelectorAll("input")) this.#prepare(control);
    const quantity = item.querySelector("[data-field=quantity]");
    item.querySelector(".fewer").addEventListener("click", () => this.#step(quantity, -1));
    item.querySelector(".more").addEventListener("click", () => this.#step(quantity, 1));
    item.querySelector(".remove").addEventListener("click", () => this.#remove(item));
    return item;
  }

  #addEmptyItem() {
    const item = this.#addItem();
    item.querySelector("[data-field=quantity]").value = FIRST_QUANTITY;
    item.querySelector("input").focus();
    this.#react(this.#addButton);
  }

  #remove(item) {
    const index = this.#items().indexOf(item);
    item.remove();
    this.#number();
    (this.#items()[index]?.querySelector("input") ?? this.#addButton).focus();
    this.#react(this.#addButton);
    const values = { number: index + 1, total: this.#amount(total(this.order.items)) };
    document.querySelector("#announcement").textContent = this.#texts.get("items.removed", values);
  }

  /** Name everything in the items by their position. */
  #number() {
    for (const [index, item] of this.#items().entries()) {
      const number = index + 1;
      item.querySelector("legend").textContent = this.#texts.get("items.item", { number });
      for (const name of ["remove", "fewer", "more"]) {
        item.querySelector(`.${name}`).setAttribute("aria-label", this.#texts.get(`items.${name}`, { number }));
      }
      for (const control of item.querySelectorAll("input")) {
        const path = `items[${index}].${control.dataset.field}`;
        const field = control.closest(".field");
        field.querySelector("label").htmlFor = path;
        control.id = path;
        const message = field.querySelector(".error");
        if (message) {
          message.id = `${path}-error`;
          control.setAttribute("aria-describedby", message.id);
        }
      }
    }
  }

  #step(quantity, change) {
    const { minimum, maximum } = this.#rules.schema(quantity.id);
    const next = (Number.parseInt(quantity.value, 10) || 0) + change;
    quantity.value = String(Math.min(Math.max(next, minimum), maximum));
    this.#react(quantity);
  }

  #react(control) {
    this.#showTotals();
    if (control.classList.contains("invalid")) {
      const violations = this.#rules.violations(this.order);
      this.#mark(control, violations.find(({ field }) => field === control.id)?.message);
    }
    this.#edited();
  }

  #showTotals() {
    const { items } = this.order;
    for (const [index, item] of this.#items().entries()) {
      const amount = subtotal(items[index]);
      item.querySelector(".amount").textContent = amount ? this.#amount(amount) : "–";
    }
    this.#form.querySelector("#total").textContent = this.#amount(total(items));
  }

  #amount(amount) {
    return formatAmount(amount, this.#form.querySelector("#currency").value, this.#locale);
  }

  #label(control) {
    const label = control.labels?.[0] ?? control.querySelector("legend");
    const item = control.closest("li")?.querySelector("legend").textContent;
    const text = label?.textContent ?? this.#texts.get("sections.items");
    return item ? `${item}, ${text}` : text;
  }

  /** Show the message of a violation at its field; without a message there is none. */
  #mark(control, message) {
    const id = `${control.id}-error`;
    document.getElementById(id)?.remove();
    control.classList.toggle("invalid", Boolean(message));
    if (!message) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
      return;
    }
    const error = document.createElement("p");
    error.className = "error";
    error.id = id;
    error.textContent = message;
    control.closest(".field, fieldset").append(error);
    if ("value" in control && control.tagName !== "BUTTON") control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", id);
  }
}

/** Set a value in nested objects and lists by its path. */
function assign(object, [step, ...rest], value) {
  if (rest.length === 0) object[step] = value;
  else assign((object[step] ??= {}), rest, value);
}
