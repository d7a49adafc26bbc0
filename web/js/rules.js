/** The rules of an order, read from the API's OpenAPI document. */

import { Decimal } from "./decimal.js";
import { openapi } from "./stack.js";
import { violationText } from "./texts.js";

const { schema: ORDER } = openapi.paths["/orders"].post.requestBody.content["application/json"];

/** Return the names and indexes in a path such as `items[0].price`. */
export const steps = (path) => path.match(/[^.[\]]+/g) ?? [];

/** Return the schema of the field with a path. */
export const schemaOf = (path) =>
	steps(path).reduce(
		(schema, step) => resolved(schema.items ?? fieldOf(schema, step)),
		resolved(ORDER),
	);

export function isRequired(path) {
	const [, parent, name] = /^(?:(.*)\.)?(.*)$/.exec(path);
	return missing(schemaOf(parent ?? ""), {}).includes(name);
}

/** Return the violations in an order, `{field, message}` each; its numbers are decimals. */
export const violationsIn = (order) => [...check(order, ORDER, "")];

function* check(value, reference, path) {
	const schema = resolved(reference);
	const keyword = brokenKeyword(value, schema);
	if (keyword) {
		yield { field: path, message: violationText(keyword, schema) };
	} else if (schema.type === "object") {
		const prefix = path && `${path}.`;
		for (const name of missing(schema, value)) {
			yield { field: prefix + name, message: violationText("required", schema) };
		}
		for (const [name, each] of Object.entries(value)) {
			yield* check(each, fieldOf(schema, name), prefix + name);
		}
	} else if (schema.type === "array") {
		for (const [index, each] of value.entries()) {
			yield* check(each, schema.items, `${path}[${index}]`);
		}
	}
}

/** Return a schema without references, and without null: the form omits what is absent. */
function resolved({ $ref, anyOf = [], ...schema }) {
	const values = anyOf.filter(({ type }) => type !== "null");
	if (values.length === 1) return { ...resolved(values[0]), ...schema };
	if (!$ref) return { ...schema, anyOf };
	const component = $ref.split("/").at(-1);
	return { ...resolved(openapi.components.schemas[component]), ...schema, component };
}

const fieldOf = ({ properties = {}, additionalProperties }, name) =>
	properties[name] ?? additionalProperties;

/** Return the names of required fields that an object lacks. */
function missing({ required = [], anyOf }, value) {
	const absent = (names) => names.filter((name) => value[name] === undefined);
	const alternatives = anyOf.map((each) => absent(each.required));
	const isComplete = alternatives.some((names) => names.length === 0);
	return [...absent(required), ...(isComplete ? [] : (alternatives[0] ?? []))];
}

/** Return the keyword of a schema that a value violates: the first one in the API's order. */
function brokenKeyword(value, schema) {
	const isBroken = (keyword) => keyword in schema && !CHECKS[keyword](value, schema[keyword]);
	return Object.keys(CHECKS).find(isBroken);
}

const characters = (text) => [...text].length;
const decimal = (limit) => Decimal.parse(String(limit));

const CHECKS = {
	type: (value, type) =>
		type === "integer" ? value.places === 0 : type !== "number" || value instanceof Decimal,
	minLength: (text, limit) => characters(text) >= limit,
	maxLength: (text, limit) => characters(text) <= limit,
	pattern: (text, pattern) => new RegExp(pattern, "u").test(text),
	enum: (text, values) => values.includes(text),
	minItems: (list, limit) => list.length >= limit,
	maxItems: (list, limit) => list.length <= limit,
	"x-max-decimal-places": (number, limit) => number.normalized().places <= limit,
	maximum: (number, limit) => !decimal(limit).isBelow(number),
	minimum: (number, limit) => !number.isBelow(decimal(limit)),
	exclusiveMinimum: (number, limit) => decimal(limit).isBelow(number),
};
