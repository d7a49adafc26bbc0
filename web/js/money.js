/** Amounts of an order: exact sums, written in the currency's minor unit. */

import { Decimal } from "./decimal.js";

/** Return quantity times price; null where one of them is no number yet. */
export function subtotal({ quantity, price }) {
  return quantity instanceof Decimal && price instanceof Decimal ? quantity.times(price) : null;
}

/** Return the sum of the subtotals that can be computed. */
export function total(items) {
  return items.reduce((sum, item) => sum.plus(subtotal(item) ?? Decimal.zero), Decimal.zero);
}

/**
 * Return an amount as text, with at least the decimals of the currency's minor unit, and more only
 * where the amount has more: nothing is rounded.
 */
export function formatAmount(amount, currency, locale) {
  const options = { style: "currency", currency };
  const { maximumFractionDigits: minorUnit } = new Intl.NumberFormat(locale, options).resolvedOptions();
  const exact = amount.normalized();
  const format = new Intl.NumberFormat(locale, {
    ...options,
    minimumFractionDigits: minorUnit,
    maximumFractionDigits: Math.max(minorUnit, exact.places),
  });
  return format.format(String(exact));
}

/** Return the decimal separator that a locale's keyboards have. */
export function decimalSeparator(locale) {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
  return parts.find((part) => part.type === "decimal").value;
}
