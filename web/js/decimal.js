/** Exact decimals: a number is an integer count of units of 10^-places. */

export class Decimal {
  /**
   * @param {bigint} units
   * @param {number} places
   */
  constructor(units, places) {
    this.units = units;
    this.places = places;
  }

  static zero = new Decimal(0n, 0);

  /**
   * Return the number in a text such as `12.50`; null if it is none.
   *
   * @param {string} text
   * @param {string} separator - The decimal separator of the device, accepted besides the point.
   */
  static parse(text, separator = ".") {
    const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text.replace(separator, "."));
    const [, sign, whole, fraction = ""] = match ?? [];
    return whole || fraction ? new Decimal(BigInt(sign + whole + fraction), fraction.length) : null;
  }

  times(other) {
    return new Decimal(this.units * other.units, this.places + other.places);
  }

  plus(other) {
    const places = Math.max(this.places, other.places);
    return new Decimal(this.#unitsAt(places) + other.#unitsAt(places), places);
  }

  isBelow(other) {
    const places = Math.max(this.places, other.places);
    return this.#unitsAt(places) < other.#unitsAt(places);
  }

  /** Return the number without zeros at the end of its fraction. */
  normalized() {
    let { units, places } = this;
    for (; places > 0 && units % 10n === 0n; places -= 1) units /= 10n;
    return new Decimal(units, places);
  }

  /** Return the number as JSON and `Intl.NumberFormat` read it. */
  toString() {
    const digits = String(this.units).replace("-", "").padStart(this.places + 1, "0");
    const point = digits.length - this.places;
    const fraction = this.places ? `.${digits.slice(point)}` : "";
    return `${this.units < 0n ? "-" : ""}${digits.slice(0, point)}${fraction}`;
  }

  #unitsAt(places) {
    return this.units * 10n ** BigInt(places - this.places);
  }
}

/** Return the JSON of a value, in which every decimal has all its digits. */
export function exactJson(value) {
  if (value instanceof Decimal) return String(value);
  if (Array.isArray(value)) return `[${value.map(exactJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${exactJson(each)}`).join(",")}}`;
}
