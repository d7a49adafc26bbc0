"""BatchExecuteStatement with INSERT statements, in moto, whose own overwrites existing items."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from moto.dynamodb.exceptions import ConditionalCheckFailed, MockValidationException

if TYPE_CHECKING:
    from moto.dynamodb.models import DynamoDBBackend

_INSERT: Final = re.compile(r"""INSERT INTO "([\w-]+)" VALUE \{('\w+': \?(?:, '\w+': \?)*)\}""")
_MAX_STATEMENTS: Final = 25


def batch_execute_statement(
    backend: DynamoDBBackend, statements: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Execute each statement by itself, as DynamoDB does; every value is a parameter."""
    if not 0 < len(statements) <= _MAX_STATEMENTS:
        raise MockValidationException(f"{len(statements)} statements")
    return [_insert(backend, **statement) for statement in statements]


def _insert(
    backend: DynamoDBBackend,
    Statement: str,  # noqa: N803 - names of the API
    Parameters: list[dict[str, Any]],  # noqa: N803 - as above
) -> dict[str, Any]:
    match = _INSERT.fullmatch(Statement)
    assert match, Statement
    table, names = match[1], re.findall(r"'(\w+)'", match[2])
    item = dict(zip(names, Parameters, strict=True))
    key = backend.get_table(table).hash_key_attr
    try:
        backend.put_item(table, item, condition_expression=f"attribute_not_exists({key})")
    except ConditionalCheckFailed:
        error = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
        return {"Error": error, "TableName": table}
    return {"TableName": table}
