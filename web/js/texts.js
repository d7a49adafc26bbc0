/** The texts of the page, from the file of the first of the user's languages that has one. */

const FALLBACK = "en";

const bases = navigator.languages.map((each) => each.split("-")[0]);
export const { language, texts } = await load(new Set([...bases, FALLBACK]));

/** For numbers: as in the user's region, if the page has its language. */
export const locale = navigator.languages.find((each) => each.startsWith(language)) ?? language;

const plurals = new Intl.PluralRules(language);

async function load(languages) {
	for (const language of languages) {
		const response = await fetch(`texts/${language}.json`).catch(() => null);
		if (response?.ok) return { language, texts: await response.json() };
	}
}

/** Return a text by its path, such as `items.add`, with its `{names}` replaced by values. */
export const text = (path, values) =>
	filled(path.split(".").reduce((part, name) => part?.[name], texts), values);

/** Return the message about a violated keyword of a schema. */
export function violationText(keyword, schema) {
	const { violations } = texts;
	const name = keyword === "type" ? schema.type : schema.component;
	const limit = schema[keyword];
	const message = violations[`${keyword}.${name}`] ?? violations[keyword];
	return filled(message, { limit, count: limit });
}

/** Write the texts that elements name in `data-text`. */
export function fill(root) {
	for (const element of root.querySelectorAll("[data-text]")) {
		element.textContent = text(element.dataset.text);
	}
}

/** Of plural forms, `count` chooses one. */
function filled(forms, values = {}) {
	const form = forms?.other ? (forms[plurals.select(values.count)] ?? forms.other) : forms;
	return form?.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
