/** Amounts of an order: exact, and written in the currency's minor unit. */

import { Decimal } from "./decimal.js";
import { locale } from "./texts.js";

/** Return quantity times price; null if one of them is no number yet. */
export const subtotal = ({ quantity, price }) =>
	quantity instanceof Decimal && price instanceof Decimal ? quantity.times(price) : null;

/** Return the sum of the subtotals that can be computed. */
export const total = (items) =>
	items.reduce((sum, item) => sum.plus(subtotal(item) ?? Decimal.zero), Decimal.zero);

/** Return an amount with the decimals of the minor unit, and more only where it has more. */
export function money(amount, currency) {
	const style = { style: "currency", currency };
	const { maximumFractionDigits } = new Intl.NumberFormat(locale, style).resolvedOptions();
	const exact = amount.normalized();
	return new Intl.NumberFormat(locale, {
		...style,
		maximumFractionDigits: Math.min(Math.max(maximumFractionDigits, exact.places), 20),
	}).format(String(exact));
}
