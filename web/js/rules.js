/** The rules of an order, read from the API's OpenAPI document. */

import { Decimal } from "./decimal.js";

/** Return a text as the API stores it: in NFC, without surrounding white space. */
export const trimmed = (text) =>
  text.normalize("NFC").replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");

export class Rules {
  #schemas;
  #order;
  #message;

  /**
   * @param {object} openapi - The OpenAPI document.
   * @param {(keyword: string, limit: object) => string} message - The message of a violated keyword.
   */
  constructor(openapi, message) {
    this.#schemas = openapi.components.schemas;
    this.#order = openapi.paths["/orders"].post.requestBody.content["application/json"].schema;
    this.#message = message;
  }

  /** Return the schema of a field by its path, such as `items[0].price`. */
  schema(path) {
    return steps(path).reduce((schema, step) => {
      const part = /^\d+$/.test(step) ? schema.items : schema.properties?.[step] ?? schema.additionalProperties;
      return this.#resolved(part);
    }, this.#resolved(this.#order));
  }

  isRequired(path) {
    const parent = path.slice(0, Math.max(path.lastIndexOf("."), 0));
    return missing(this.schema(parent), {}).includes(steps(path).at(-1));
  }

  /**
   * Return the violations in an order. Its numbers are decimals; what is absent is undefined.
   *
   * @returns {{field: string, message: string}[]} With paths as the API writes them.
   */
  violations(order) {
    return [...this.#check(order, this.#order, "")];
  }

  *#check(value, reference, path) {
    const schema = this.#resolved(reference);
    const keyword = brokenKeyword(value, schema);
    if (keyword) {
      const name = keyword === "type" ? schema.type : schema.component;
      yield { field: path, message: this.#message(keyword, name, schema[keyword]) };
    } else if (schema.type === "object") {
      yield* this.#checkFields(value, schema, path);
    } else if (schema.type === "array") {
      for (const [index, item] of value.entries()) {
        yield* this.#check(item, schema.items, `${path}[${index}]`);
      }
    }
  }

  *#checkFields(value, schema, path) {
    const prefix = path && `${path}.`;
    for (const name of missing(schema, value)) {
      yield { field: prefix + name, message: this.#message("required") };
    }
    for (const [name, each] of Object.entries(value)) {
      if (each !== undefined) {
        const part = schema.properties?.[name] ?? schema.additionalProperties;
        yield* this.#check(each, part, prefix + name);
      }
    }
  }

  /** Return a schema without references and without null: the form leaves out what is absent. */
  #resolved(schema) {
    if (schema.$ref) {
      const { $ref, ...limits } = schema;
      const component = $ref.split("/").at(-1);
      return { ...this.#resolved(this.#schemas[component]), component, ...limits };
    }
    const { anyOf = [], ...others } = schema;
    const values = anyOf.filter((each) => each.type !== "null");
    return values.length === 1 ? { ...this.#resolved(values[0]), ...others } : schema;
  }
}

/** Return the names and indexes in a path. */
export const steps = (path) => path.match(/[^.[\]]+/g) ?? [];

/** Return the names of required fields that an object lacks. */
function missing({ required = [], anyOf = [] }, value) {
  const absent = (names) => names.filter((name) => value[name] === undefined);
  const alternatives = anyOf.map((each) => absent(each.required));
  const isAnyPresent = alternatives.some((names) => names.length === 0);
  return [...absent(required), ...(isAnyPresent ? [] : alternatives[0] ?? [])];
}

/** Return the first keyword of a schema that a value violates, in the API's order. */
function brokenKeyword(value, schema) {
  if (!hasType(value, schema.type)) return "type";
  return Object.keys(CHECKS).find((keyword) => keyword in schema && !CHECKS[keyword](value, schema[keyword]));
}

function hasType(value, type) {
  if (type === "integer") return value instanceof Decimal && value.places === 0;
  if (type === "number") return value instanceof Decimal;
  if (type === "array") return Array.isArray(value);
  return typeof value === type;
}

const characters = (text) => [...text].length;
const decimal = (limit) => Decimal.parse(String(limit));

const CHECKS = {
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
