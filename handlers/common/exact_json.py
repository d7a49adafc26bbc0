"""JSON whose numbers stay exact: a price is a Decimal on the way in and on the way out, never a float."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

import simplejson

from handlers.common.repeated import REPEATED

NOT_A_NUMBER: Final = Decimal("NaN")

# Longer integers than any field takes. They become Decimals, because Python refuses to convert very long ones.
_LONGEST_INTEGER: Final = 20


def loads(text: str) -> Any:
    """Parse JSON; fractions become Decimals, and what is not one value becomes a value that no field accepts.

    `NaN`, `Infinity` and numbers beyond Decimal's range become a Decimal NaN, a repeated key's value becomes
    `REPEATED`, so that validation can name the field that holds them.

    Raises:
        ValueError: the text is not JSON.
        RecursionError: it nests deeper than the interpreter allows.
    """
    return simplejson.loads(
        text,
        parse_float=_decimal,
        parse_int=_integer,
        parse_constant=lambda _: NOT_A_NUMBER,
        object_pairs_hook=_object,
        allow_nan=True,
    )


def dumps(value: Any) -> str:
    """Write JSON without spaces; Decimals are written as the digits that they hold."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return NOT_A_NUMBER


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else _decimal(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = REPEATED if key in found else value
    return found
