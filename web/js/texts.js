/** The texts of the page, from the one file that holds a language. */

const FALLBACK = "en";

export class Texts {
  #plurals;

  constructor(language, texts) {
    this.language = language;
    this.texts = texts;
    this.#plurals = new Intl.PluralRules(language);
  }

  /** Return the texts of the first of these languages that has a file. */
  static async load(languages) {
    const candidates = languages.flatMap((each) => [each, each.split("-")[0]]);
    const preferred = candidates.slice(0, candidates.indexOf(FALLBACK) + 1 || undefined);
    for (const language of new Set([...preferred.filter((each) => !each.startsWith(`${FALLBACK}-`)), FALLBACK])) {
      const response = await fetch(`texts/${language}.json`);
      if (response.ok) return new Texts(language, await response.json());
    }
    throw new Error(`texts/${FALLBACK}.json is missing`);
  }

  /**
   * Return a text, its `{names}` replaced by values; `count` chooses between plural forms.
   *
   * @param {string} key - The path of the text, such as `status.sent.title`.
   */
  get(key, values = {}) {
    return this.#filled(key.split(".").reduce((part, name) => part[name], this.texts), values);
  }

  /** Return the message of a violated rule, by the keyword and the name of the schema. */
  violation(keyword, name, count) {
    const { violations } = this.texts;
    return this.#filled(violations[`${keyword}.${name}`] ?? violations[keyword], { count });
  }

  /** Write the texts that elements ask for with `data-text` and `data-label`. */
  fill(root) {
    if (root === document) {
      root.documentElement.lang = this.language;
      root.title = this.get("title");
    }
    for (const element of root.querySelectorAll("[data-text]")) {
      element.textContent = this.get(element.dataset.text);
    }
    for (const element of root.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", this.get(element.dataset.label));
    }
  }

  #filled(text, values) {
    const form = typeof text === "object" ? text[this.#plurals.select(values.count)] ?? text.other : text;
    return form.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }
}
