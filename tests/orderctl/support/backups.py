"""Tables restored from point-in-time backups; the mock copies a table as it is now."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.orderctl.support.operator import OperatorStack


@contextlib.contextmanager
def restored(operator: OperatorStack, table: str) -> Iterator[str]:
    """Restore a table to another one, which is deleted at the end; yield its name."""
    name, client = f"{table}-restored", operator.account.dynamodb
    client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=name, UseLatestRestorableTime=True
    )
    try:
        yield name
    finally:
        client.delete_table(TableName=name)
