"""Exact JSON: fractions are parsed to and written from Decimals, never floats."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

import simplejson

NOT_A_NUMBER: Final = Decimal("NaN")


class Repeated:
    """The value of a key that a JSON object holds more than once; no field accepts it."""


REPEATED: Final = Repeated()

# No field takes longer integers. They become Decimals: Python refuses to convert very long ones.
_LONGEST_INTEGER: Final = 20


def loads(text: str) -> Any:
    """Parse JSON; fractions become Decimals.

    `NaN`, `Infinity` and numbers beyond Decimal's range become a Decimal NaN, and the value of a
    repeated key becomes `REPEATED`. No field accepts these, so validation names the field.

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
    """Write JSON without spaces; a Decimal is written with all its digits."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return NOT_A_NUMBER


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else _decimal(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        values[key] = REPEATED if key in values else value
    return values
