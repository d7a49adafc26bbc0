"""Inserting items into a DynamoDB table, up to 25 in a call; an existing item is left as it is.

Each INSERT of a BatchExecuteStatement succeeds or fails by itself, and costs what a PutItem costs.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError, ParamValidationError

Item = Mapping[str, Mapping[str, Any]]

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
MAX_STATEMENTS: Final = 25

_PAUSES_SECONDS: Final = (0.1, 0.4)

# The SDK does not retry a statement.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html
_RETRYABLE: Final = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)

# Errors of a whole call that one of its items may cause.
_CAUSED_BY_AN_ITEM: Final = frozenset({"SerializationException", "ValidationException"})


class ItemExistsError(Exception):
    """The table has an item with the key."""


class InsertError(Exception):
    """An item was not inserted; the cause is the error of its call, if any."""


@dataclass(frozen=True, kw_only=True)
class Inserts:
    """Inserts into a table with some key attributes; `execute` is BatchExecuteStatement."""

    table: str
    key: tuple[str, ...]
    execute: Callable[..., Any]
    pause: Callable[[float], None] = field(default=time.sleep)

    def insert(self, items: Sequence[Item]) -> list[Exception | None]:
        """Insert items, and return the error of each, or None.

        `ItemExistsError` is that of an item whose key exists, also through an earlier one of
        `items`; `InsertError` that of one that was not inserted, as all are whose call fails.
        """
        distinct: dict[str, Item] = {}
        for item in items:
            distinct.setdefault(self._key_of(item), item)
        errors = dict(zip(distinct, self._insert_distinct([*distinct.values()]), strict=True))
        results = []
        for key in map(self._key_of, items):
            results.append(errors[key])
            errors[key] = errors[key] or ItemExistsError("Twice in one batch")
        return results

    def _key_of(self, item: Item) -> str:
        return repr([item[name] for name in self.key])

    def _insert_distinct(self, items: Sequence[Item]) -> list[Exception | None]:
        errors: list[Exception | None] = []
        for start in range(0, len(items), MAX_STATEMENTS):
            errors += self._insert_batch(items[start : start + MAX_STATEMENTS])
        return errors

    def _insert_batch(self, items: Sequence[Item]) -> list[Exception | None]:
        """Insert the items of one call; if one may cause an error of the call, each by itself."""
        try:
            return self._insert_with_retries(items)
        except Exception as error:  # noqa: BLE001 - also that of a response that cannot be read
            if len(items) > 1 and _is_caused_by_an_item(error):
                return [result for item in items for result in self._insert_batch([item])]
            return [_refusal_by(error) for _ in items]

    def _insert_with_retries(self, items: Sequence[Item]) -> list[Exception | None]:
        results: list[Exception | None] = [None] * len(items)
        waiting = list(range(len(items)))
        for pause in (*_PAUSES_SECONDS, None):
            statements = [self._statement(items[index]) for index in waiting]
            try:
                responses = self.execute(Statements=statements)["Responses"]
            except Exception:
                if len(waiting) == len(items):
                    raise
                break  # the others are inserted, and these have the error of their statement
            errors = [response.get("Error") for response in responses]
            for index, error in zip(waiting, errors, strict=True):
                results[index] = _exception(error)
            waiting = [
                index
                for index, error in zip(waiting, errors, strict=True)
                if error and error["Code"] in _RETRYABLE
            ]
            if not waiting or pause is None:
                break
            self.pause(pause)
        return results

    def _statement(self, item: Item) -> dict[str, Any]:
        """Return the statement for an item; every value is a parameter."""
        names = ", ".join(f"'{name}': ?" for name in item)
        return {
            "Statement": f'INSERT INTO "{self.table}" VALUE {{{names}}}',
            "Parameters": list(item.values()),
        }


def _exception(error: Mapping[str, Any] | None) -> Exception | None:
    if not error:
        return None
    # guard: insert-recognises-existing-item
    kind = ItemExistsError if error["Code"] == "DuplicateItem" else InsertError
    return kind(f"{error['Code']}: {error.get('Message', '')}")


def _refusal_by(error: Exception) -> InsertError:
    refusal = InsertError(str(error))
    refusal.__cause__ = error
    return refusal


def _is_caused_by_an_item(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _CAUSED_BY_AN_ITEM
    return isinstance(error, ParamValidationError)
