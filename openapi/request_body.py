"""The schema of what clients send, from the model that the functions check it with.

Pydantic writes down types and limits. What a rule of ours adds stands here under the rule's name; a rule without an
entry is an error, so that none can be forgotten.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from handlers.validation import currencies, email_addresses, text
from openapi import descriptions

REFERENCE: Final = "#/components/schemas/{model}"

# Unicode's white space that is no control character: it is cut off where a text begins or ends.
_SPACE: Final = "".join(
    each for each in text.WHITE_SPACE if not text.CONTROL_CHARACTERS.search(each)
)


class UnknownRuleError(Exception):
    """The model has a rule of which this module does not know what it means in a JSON schema."""


def schemas(request: type[BaseModel]) -> dict[str, JsonSchemaValue]:
    """Return the schemas of a request's body and of its parts, by their names."""
    schema = request.model_json_schema(ref_template=REFERENCE, schema_generator=_RequestSchema)
    parts: dict[str, JsonSchemaValue] = schema.pop("$defs", {})
    found = {request.__name__: schema, **parts}
    for name, each in found.items():
        each["properties"] = {
            field: {"description": descriptions.of(name, field, schema), **schema}
            for field, schema in each["properties"].items()
        }
    return {**{name: _with_kinds(each) for name, each in found.items()}, **_KINDS}


def _characters(forbidden: str) -> str:
    """Return the inside of a character class in escapes that every dialect of regular expressions knows."""
    return "".join(
        each if each == "-" or each.isalnum() else f"\\u{ord(each):04x}" for each in forbidden
    )


def _class(pattern: re.Pattern[str]) -> str:
    # Lone surrogates cannot be sent in UTF-8, and are no characters to most dialects.
    return pattern.pattern.strip("[]").replace("\ud800-\udfff", "")


def _trimmed(forbidden: str) -> str:
    """Return the pattern of text without certain characters that neither begins nor ends with a space."""
    inner, outer = _characters(forbidden), _characters(forbidden + _SPACE)
    return f"^[^{outer}]([^{inner}]*[^{outer}])?$"


def _spelt_out(ignoring_case: re.Pattern[str]) -> str:
    """Return a pattern as JSON schemas know it: without flags, and about the whole text only if it says so."""
    return f"^{ignoring_case.pattern.replace('a-z', 'A-Za-z')}$"


# Kinds of text that many fields have.
_KINDS: Final[Mapping[str, JsonSchemaValue]] = {
    "Currency": {"description": "ISO 4217.", "type": "string", "enum": sorted(currencies.CODES)},
    "EmailAddress": {
        "description": "An address as RFC 5322 has it, in the form that mail systems deliver: a dot-atom and a domain. "
        "An internationalised domain is written in punycode. Spaces around the address are cut off first.",
        "type": "string",
        "format": "email",
        "pattern": _spelt_out(email_addresses.ADDRESS),
    },
    "Line": {
        "description": "Text in one line, without control characters, bidirectional overrides, embeddings and "
        "isolates. It is taken in Unicode's normalization form C. Spaces around it are cut off first.",
        "type": "string",
        "pattern": _trimmed(_class(text.CONTROL_CHARACTERS)),
    },
    "Lines": {
        "description": "Text like `Line`, but with line breaks and tabs, in Unicode's normalization form C.",
        "type": "string",
        "pattern": f"^[^{_characters(_class(text.CONTROL_CHARACTERS_BUT_LINES))}]*$",
    },
}
_KIND: Final = "x-kind"
_NULL: Final[JsonSchemaValue] = {"type": "null"}


def _with_kinds(schema: Any) -> Any:
    """Replace what is of a kind by a reference to it, beside which its own limits remain."""
    if isinstance(schema, list):
        return [_with_kinds(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {
        key: _with_kinds(value)
        for key, value in schema.items()
        if not (key == "type" and _KIND in schema)
    }
    kind = inside.pop(_KIND, None)
    return {"$ref": REFERENCE.format(model=kind), **inside} if kind else inside


def _of_kind(kind: str) -> Callable[[JsonSchemaValue], JsonSchemaValue]:
    return lambda schema: {**schema, _KIND: kind}


def _itself(schema: JsonSchemaValue) -> JsonSchemaValue:
    return schema


def _with_alias(item: JsonSchemaValue) -> JsonSchemaValue:
    """Let `itemId` stand for `productId`; either may be null where the other is not."""
    names = ("productId", "itemId")
    fields = {**dict.fromkeys(names, _nullable(item["properties"]["productId"]))}
    others = {name: field for name, field in item["properties"].items() if name not in names}
    required = [name for name in item["required"] if name not in names]
    either = [{"required": [name], "properties": {name: {"type": "string"}}} for name in names]
    return {**item, "properties": {**fields, **others}, "required": required, "anyOf": either}


def _nullable(schema: JsonSchemaValue) -> JsonSchemaValue:
    return {"anyOf": [schema, _NULL]}


def _with_absent_lines(address: JsonSchemaValue) -> JsonSchemaValue:
    """Let a line be null, which means absent."""
    return {**address, "additionalProperties": _nullable(address["additionalProperties"])}


# What each rule makes of a schema. None can compare two fields, tell a web address from other text, or count the places
# of a decimal: a `multipleOf` of 0.0001 refuses prices that the API takes, wherever numbers are floats. That is left to
# the descriptions.
_RULES: Final[Mapping[str, Callable[[JsonSchemaValue], JsonSchemaValue]]] = {
    "_currency": _of_kind("Currency"),
    "_email_address": _of_kind("EmailAddress"),
    "_exact": _itself,
    "_item_id_is_an_alias": _with_alias,
    "_few_items": _itself,
    "_lines": _with_absent_lines,
    "_no_domain": _itself,
    "_no_web_address": _itself,
    "_null_means_absent": _itself,
    "_printable": _of_kind("Line"),
    "_printable_lines": _of_kind("Lines"),
    "_subtotal_is_quantity_times_price": _itself,
    "_total_is_the_sum": _itself,
    "_visible": _itself,
    # Pydantic's own
    "decimal_places_validator": _itself,
    "forbid_inf_nan_check": _itself,
    "greater_than_validator": _itself,
    "less_than_or_equal_validator": _itself,
}


class _RequestSchema(GenerateJsonSchema):
    """As pydantic's, in the terms of JSON, and with what our own rules say."""

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        """Say limits as JSON schemas do; pydantic does not where a rule of ours has looked at the value before."""
        found = super().generate_inner(schema)
        limits = {"exclusiveMinimum": found.pop("gt", None), "maximum": found.pop("le", None)}
        found.pop("decimal_places", None)
        return {
            **found,
            **{keyword: _number(limit) for keyword, limit in limits.items() if limit is not None},
        }

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:  # noqa: ARG002 - pydantic's
        """Say a number, never text: the model is strict."""
        return {"type": "number"}

    def function_after_schema(
        self, schema: core_schema.AfterValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Add what the rule says."""
        return _rule(schema)(super().function_after_schema(schema))

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Add what the rule says."""
        return _rule(schema)(super().function_before_schema(schema))

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Let every field that may be left out be null; null as a default would say the same."""
        found = super().default_schema(schema)
        default = {"default": found.pop("default")} if found.get("default") is not None else {}
        found.pop("default", None)
        return {**(found if _NULL in found.get("anyOf", ()) else _nullable(found)), **default}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's
        """Add no titles: fields have names."""
        return False


def _rule(schema: Mapping[str, Any]) -> Callable[[JsonSchemaValue], JsonSchemaValue]:
    function = schema["function"]["function"]
    name = (function.func if isinstance(function, partial) else function).__name__
    if name not in _RULES:
        raise UnknownRuleError(
            f"openapi/request_body.py does not know what the rule '{name}' means in a JSON schema."
        )
    return _RULES[name]


def _number(limit: Any) -> int | float:
    exact = Decimal(limit)
    return int(exact) if exact == exact.to_integral_value() else float(exact)
