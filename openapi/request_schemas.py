"""JSON schemas of requests, written by pydantic from the models that validate them."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from handlers.validation import currencies, email_addresses, text
from handlers.validation.fields import COMPONENT
from tooling.errors import UserError

# The keyword of an extension: the most decimal places that a number may have.
DECIMAL_PLACES: Final = "x-max-decimal-places"

REFERENCE: Final = "#/components/schemas/{model}"

# Unicode's white space without control characters: it is trimmed from the ends of a text.
_SPACE: Final = "".join(
    each for each in text.WHITE_SPACE if not text.CONTROL_CHARACTERS.search(each)
)
_NULL: Final[JsonSchemaValue] = {"type": "null"}


def schemas(request: type[BaseModel]) -> dict[str, JsonSchemaValue]:
    """Return the schemas of a request's body and of its components, by name.

    Raises:
        UserError: a field has no description.
    """
    body = request.model_json_schema(ref_template=REFERENCE, schema_generator=_RequestSchema)
    components: dict[str, JsonSchemaValue] = {request.__name__: body, **body.pop("$defs")}
    for name, schema in components.items():
        for field, value in schema.get("properties", {}).items():
            if "description" not in value:
                raise UserError(
                    f"The field '{name}.{field}' in handlers/validation/model.py has no "
                    "description: add `= Field(description=...)`."
                )
    components["OrderItem"] = _with_item_id(components["OrderItem"])
    return {**_with_references(components), **_COMPONENTS}


def _with_references(schema: Any) -> Any:
    """Replace a type that names its component by a reference, beside which its limits remain."""
    if isinstance(schema, list):
        return [_with_references(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _with_references(value) for key, value in schema.items()}
    if name := inner.pop(COMPONENT, None):
        inner.pop("type", None)
        return {"$ref": REFERENCE.format(model=name), **inner}
    return inner


def _characters(pattern: re.Pattern[str]) -> str:
    """Return the inside of a character class, in escapes that every regular expression dialect has.

    Lone surrogates are left out: UTF-8 cannot encode them, and most dialects do not know them.
    """
    return _escaped(pattern.pattern.strip("[]").replace("\ud800-\udfff", ""))


def _escaped(characters: str) -> str:
    return "".join(
        each if each == "-" or each.isalnum() else f"\\u{ord(each):04x}" for each in characters
    )


def _trimmed(forbidden: str) -> str:
    """Return the pattern of a text that neither begins nor ends with a space."""
    outer = forbidden + _escaped(_SPACE)
    return f"^[^{outer}]([^{forbidden}]*[^{outer}])?$"


_COMPONENTS: Final[Mapping[str, JsonSchemaValue]] = {
    "Currency": {
        "description": "ISO 4217 code.",
        "type": "string",
        "enum": sorted(currencies.CODES),
    },
    "EmailAddress": {
        "description": "RFC 5322 address: a dot-atom and a domain, without comments and quotes. "
        "Internationalised domains are written in punycode. Surrounding spaces are trimmed.",
        "type": "string",
        "format": "email",
        # JSON Schema has no flag to ignore case, and no `fullmatch`.
        "pattern": f"^{email_addresses.ADDRESS.pattern.replace('a-z', 'A-Za-z')}$",
    },
    "Line": {
        "description": "Single-line text without control characters and without bidirectional "
        "overrides, embeddings and isolates. Normalized to Unicode NFC; surrounding spaces are "
        "trimmed.",
        "type": "string",
        "pattern": _trimmed(_characters(text.CONTROL_CHARACTERS)),
    },
    "Lines": {
        "description": "Text like `Line` that may contain line breaks and tabs. Normalized to "
        "Unicode NFC.",
        "type": "string",
        "pattern": f"^[^{_characters(text.CONTROL_CHARACTERS_EXCEPT_LINES)}]*$",
    },
}


def _with_item_id(item: JsonSchemaValue) -> JsonSchemaValue:
    """Let `itemId` stand for `productId`; either may be null if the other is not."""
    names = ("productId", "itemId")
    ids = dict.fromkeys(names, _nullable(item["properties"]["productId"]))
    required = [name for name in item["required"] if name not in names]
    either = [{"required": [name], "properties": {name: {"type": "string"}}} for name in names]
    return {
        **item,
        "properties": {**item["properties"], **ids},
        "required": required,
        "anyOf": either,
    }


def _nullable(schema: JsonSchemaValue) -> JsonSchemaValue:
    return {"anyOf": [schema, _NULL]}


class JsonSchema(GenerateJsonSchema):
    """Pydantic's generator for JSON alone: amounts are numbers, never strings; no titles."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Return a number and its limits."""
        limits: JsonSchemaValue = {}
        self.update_with_validations(limits, schema, self.ValidationsMapping.numeric)
        return {
            "type": "number",
            **{key: float(each) if each % 1 else int(each) for key, each in limits.items()},
        }

    def field_title_should_be_set(self, _schema: object) -> bool:
        """Return False: fields have names."""
        return False


class _RequestSchema(JsonSchema):
    """Schemas of requests, without the rules that JSON Schema cannot express.

    The descriptions state these: comparisons of fields, web addresses, and decimal places, because
    `multipleOf: 0.0001` would refuse valid prices wherever numbers are floats. An extension has the
    number of decimal places for clients with exact numbers, such as the order form.
    """

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Return a number, its limits, and its decimal places."""
        limits = super().decimal_schema(schema)
        places = schema.get("decimal_places")
        return limits if places is None else {**limits, DECIMAL_PLACES: places}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Let every optional field be null; a default of null means the same."""
        inner = super().default_schema(schema)
        default = inner.pop("default", None)
        inner = inner if _NULL in inner.get("anyOf", ()) else _nullable(inner)
        return inner if default is None else {**inner, "default": default}
