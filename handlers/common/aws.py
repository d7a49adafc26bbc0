"""AWS clients on botocore alone, DynamoDB attribute values, message attributes, and batches.

boto3 is botocore plus an import of S3's transfer manager, which no handler uses (docs/adr/0010).
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import botocore.session
from botocore.config import Config

_Entry = TypeVar("_Entry")


def client_config(*, attempts: int = 3, connect_seconds: int = 3, read_seconds: int = 5) -> Config:
    """Return timeouts and retries of a client.

    The defaults take at most 3 x (3 + 5) seconds, less than API Gateway's 29.
    """
    return Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )


def client(service: str, config: Config) -> Any:
    """Return a client with the execution role's credentials."""
    return _session().create_client(service, config=config)


@functools.cache
def _session() -> botocore.session.Session:
    """Return the session of all clients: another one costs as much as a client."""
    return botocore.session.get_session()


def to_attributes(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return strings, integers, Decimals, lists and mappings as DynamoDB attribute values.

    Raises:
        TypeError: a value is of another type; floats are, on purpose.
    """
    return {name: _attribute(value) for name, value in record.items()}


def from_attributes(image: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the record in DynamoDB attribute values; numbers become Decimals.

    Raises:
        KeyError: an attribute has a data type that DynamoDB does not have.
        ArithmeticError: the text of a number is not a number.
    """
    return {name: _value(attribute) for name, attribute in image.items()}


def message_attributes(values: Mapping[str, str | None]) -> dict[str, dict[str, str]]:
    """Return message attributes for SNS and SQS, which accept no empty ones: those are omitted."""
    return {
        name: {"DataType": "String", "StringValue": text} for name, text in values.items() if text
    }


def batches(
    entries: Iterable[_Entry], *, max_entries: int, max_bytes: int, size: Callable[[_Entry], int]
) -> Iterator[list[_Entry]]:
    """Split entries into batches, in order; an entry that is too large is a batch by itself."""
    batch: list[_Entry] = []
    total = 0
    for entry in entries:
        entry_size = size(entry)
        if batch and (len(batch) == max_entries or total + entry_size > max_bytes):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += entry_size
    if batch:
        yield batch


def _attribute(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | Decimal():
            return {"N": f"{value:f}" if isinstance(value, Decimal) else str(value)}
        case list() | tuple():
            return {"L": [_attribute(part) for part in value]}
        case Mapping():
            return {"M": to_attributes(value)}
    raise TypeError(f"{type(value).__name__} has no DynamoDB attribute value here")


def _value(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    return _PYTHON_VALUES[kind](value)


# By data type of DynamoDB; other software may have written the types that orders do not have.
_PYTHON_VALUES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "S": lambda text: text,
    "N": Decimal,
    "BOOL": lambda flag: flag,
    "B": lambda data: data,
    "NULL": lambda _: None,
    "L": lambda parts: [_value(part) for part in parts],
    "M": from_attributes,
    "SS": set,
    "NS": lambda numbers: set(map(Decimal, numbers)),
    "BS": set,
}
