/** Exact decimals: a number is a count of units of 10^-places. */

export class Decimal {
	static zero = new Decimal(0n, 0);

	constructor(units, places) {
		this.units = units;
		this.places = places;
	}

	/** Return the number in a text such as `12.50`, or null. `separator` may be a comma. */
	static parse(text, separator = ".") {
		// Where the separator is a comma, 1.000 is a thousand to many.
		if (separator !== "." && /\.\d{3}$/.test(text)) return null;
		const [, sign, whole, fraction = ""] =
			/^(-?)(\d*)(?:\.(\d*))?$/.exec(text.replace(separator, ".")) ?? [];
		return whole || fraction ? new Decimal(BigInt(sign + whole + fraction), fraction.length) : null;
	}

	times(other) {
		return new Decimal(this.units * other.units, this.places + other.places);
	}

	plus(other) {
		const places = Math.max(this.places, other.places);
		return new Decimal(this.#unitsAt(places) + other.#unitsAt(places), places);
	}

	isBelow({ units, places }) {
		return this.plus(new Decimal(-units, places)).units < 0n;
	}

	/** Return the number without zeros at the end of its fraction. */
	normalized() {
		let { units, places } = this;
		for (; places > 0 && units % 10n === 0n; places -= 1) units /= 10n;
		return new Decimal(units, places);
	}

	toString() {
		const [, sign, digits] = /^(-?)(.*)$/.exec(this.units);
		const padded = digits.padStart(this.places + 1, "0");
		const point = padded.length - this.places;
		return sign + padded.slice(0, point) + (this.places ? `.${padded.slice(point)}` : "");
	}

	#unitsAt(places) {
		return this.units * 10n ** BigInt(places - this.places);
	}
}

/** Return the JSON of a value, in which decimals have all their digits. */
export function exactJson(value) {
	if (value instanceof Decimal) return String(value);
	if (Array.isArray(value)) return `[${value.map(exactJson)}]`;
	if (typeof value !== "object") return JSON.stringify(value);
	return `{${Object.entries(value).map(([name, each]) => `"${name}":${exactJson(each)}`)}}`;
}
