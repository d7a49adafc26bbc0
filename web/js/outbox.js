/**
 * The path of an order from the draft to its outcome. A waiting order is sent again, with the same
 * key, until the API has responded to it.
 */

import { exactJson } from "./decimal.js";
import * as drafts from "./draft.js";
import { send } from "./send.js";

/** Between rounds of attempts, unless the API says how long to wait. */
const PAUSE_SECONDS = 60;

export class Outbox {
  #url;
  #signIn;
  #show;
  #timer;
  #isSending = false;

  /**
   * @param {string} url - Where orders are posted.
   * @param {import("./sign_in.js").SignIn | null} signIn - Null where callers are anonymous.
   * @param {(event: object) => void} show - Gets the order with what happens to it.
   */
  constructor(url, signIn, show) {
    this.#url = url;
    this.#signIn = signIn;
    this.#show = show;
    this.order = drafts.load();
    drafts.onChange(() => this.#reload());
    addEventListener("online", () => this.#wake({ now: true }));
    addEventListener("offline", () => this.#wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake());
  }

  /** Whether nothing of an order is on this device, or it is sent. */
  get isEmpty() {
    const { state, values } = this.order;
    return state === "sent" || Object.keys(values).length === 0;
  }

  /** Keep what is typed. */
  edit(values) {
    this.#save({ ...this.order, values });
  }

  /** Take a complete order, and send it. */
  submit(values, content) {
    const body = exactJson(content);
    this.#save({ ...this.order, state: "waiting", values, body, email: content.customerEmail });
    return this.resume({ now: true });
  }

  /** Make the order a draft again; it keeps its key, because it may have been received. */
  reopen() {
    clearTimeout(this.#timer);
    this.#save({ ...this.order, state: "draft" });
    this.#show({ order: this.order });
  }

  /** Send the order under a new key: another version of it was received, and this one is wanted. */
  renew() {
    this.#save({ ...this.order, state: "waiting", key: drafts.newOrder().key });
    return this.resume({ now: true });
  }

  /** Start an empty order. */
  clear() {
    clearTimeout(this.#timer);
    this.#save(drafts.newOrder());
    this.#show({ order: this.order });
  }

  /** Show the order, and send it if it waits and may be sent now. */
  async resume({ now = false } = {}) {
    if (this.#isSending) return;
    clearTimeout(this.#timer);
    if (this.order.state !== "waiting") return this.#show({ order: this.order });
    if (this.#signIn && !this.#signIn.token) return this.#show({ order: this.order, unauthorized: true });
    if (!navigator.onLine) return this.#show({ order: this.order, offline: true });
    const wait = (this.order.notBefore ?? 0) - Date.now();
    if (wait > 0 && !now) return this.#later(wait / 1000);
    this.#isSending = true;
    try {
      // Another tab may be sending the same order.
      await navigator.locks.request("order", () => this.#send());
    } finally {
      this.#isSending = false;
    }
  }

  async #send() {
    this.order = drafts.load();
    if (this.order.state !== "waiting") return this.#show({ order: this.order });
    const { key, body } = this.order;
    const token = this.#signIn?.token;
    const report = (attempt) => this.#show({ order: this.order, attempt });
    const outcome = await send({ url: this.#url, key, body, token }, report);
    if (outcome.sent) {
      this.#save({ state: "sent", values: {}, email: this.order.email, response: outcome.sent });
    } else if (outcome.refused) {
      this.#save({ ...this.order, state: "draft" });
    } else if (outcome.unauthorized) {
      this.#signIn?.forget();
    } else {
      const pause = Math.max(PAUSE_SECONDS, outcome.retryAfter ?? 0);
      this.#save({ ...this.order, notBefore: Date.now() + pause * 1000, reason: outcome.reason });
      return this.#later(pause);
    }
    this.#show({ order: this.order, ...outcome });
  }

  #later(seconds) {
    this.#timer = setTimeout(() => this.resume(), seconds * 1000);
    this.#show({ order: this.order, reason: this.order.reason, delay: Math.ceil(seconds) });
  }

  #reload() {
    this.order = drafts.load();
    if (!this.#isSending) this.resume();
  }

  #wake(options) {
    if (this.order.state === "waiting") this.resume(options);
  }

  #save(order) {
    this.order = drafts.save(order);
  }
}
