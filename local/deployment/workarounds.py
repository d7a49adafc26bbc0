"""Workarounds for faults of the emulator, which rewrite policy statements on their way into it.

`tests/local/deployment/test_workarounds.py` shows for each that the emulator still needs it;
`docs/emulator.md` lists them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Statement = dict[str, Any]
    Rewrite = Callable[[Statement], list[Statement]]


@dataclass(frozen=True, kw_only=True)
class Workaround:
    """A fault of the emulator, and the rewrite of a policy statement that works around it."""

    name: str
    reason: str
    rewrite: Rewrite


def rewrite_policy(document: str) -> str:
    """Return a policy with which the emulator decides as AWS does with the original."""
    policy = json.loads(document)
    statements = _list(policy["Statement"])
    for workaround in WORKAROUNDS:
        statements = [new for statement in statements for new in workaround.rewrite(statement)]
    return json.dumps({**policy, "Statement": statements})


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _allowed(statement: Statement, action: str) -> bool:
    return statement["Effect"] == "Allow" and action in _list(statement.get("Action", []))


def _grant_also(batches: dict[str, str]) -> Rewrite:
    """Grant the batch action where the single action is granted."""

    def rewrite(statement: Statement) -> list[Statement]:
        actions = _list(statement.get("Action", []))
        missing = [
            batch
            for single, batch in batches.items()
            if _allowed(statement, single) and batch not in actions
        ]
        return [{**statement, "Action": [*actions, *missing]} if missing else statement]

    return rewrite


def _grant_everywhere(batches: dict[str, str]) -> Rewrite:
    """Grant the batch action on every resource where the single action is granted on one."""

    def rewrite(statement: Statement) -> list[Statement]:
        granted = [
            {"Effect": "Allow", "Action": batch, "Resource": "*"}
            for single, batch in batches.items()
            if _allowed(statement, single)
        ]
        return [statement, *granted]

    return rewrite


def _split_off(action: str, change: Callable[[Statement], Statement]) -> Rewrite:
    """Move an action into a statement of its own, and change that statement."""

    def rewrite(statement: Statement) -> list[Statement]:
        if not _allowed(statement, action):
            return [statement]
        others = [other for other in _list(statement["Action"]) if other != action]
        rest = [{**statement, "Action": others}] if others else []
        own = (
            {key: value for key, value in statement.items() if key != "Sid"} if rest else statement
        )
        return [*rest, change({**own, "Action": action})]

    return rewrite


def _unrestricted(statement: Statement) -> Statement:
    unconditional = {key: value for key, value in statement.items() if key != "Condition"}
    return {**unconditional, "Resource": "*"}


def _drop_tls_only(statement: Statement) -> list[Statement]:
    transport = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    is_tls_only = statement["Effect"] == "Deny" and str(transport).lower() == "false"
    return [] if is_tls_only else [statement]


_QUEUE_BATCHES = {
    f"sqs:{action}": f"sqs:{action}Batch"
    for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
}

WORKAROUNDS = (
    Workaround(
        name="sns-publish-batch",
        reason="PublishBatch needs sns:PublishBatch, which AWS does not know, beside sns:Publish.",
        rewrite=_grant_also({"sns:Publish": "sns:PublishBatch"}),
    ),
    Workaround(
        name="sqs-batches",
        reason="Each batch call on a queue needs an action of its own beside the single call's.",
        rewrite=_grant_also(_QUEUE_BATCHES),
    ),
    Workaround(
        name="dynamodb-partiql-batch",
        reason="BatchExecuteStatement needs an action of that name, which AWS does not know, on"
        " every resource, instead of dynamodb:PartiQLInsert on the table.",
        rewrite=_grant_everywhere({"dynamodb:PartiQLInsert": "dynamodb:BatchExecuteStatement"}),
    ),
    Workaround(
        name="ses-send-email",
        reason="Sending needs ses:SendEmail on every resource and without a condition.",
        rewrite=_split_off("ses:SendEmail", _unrestricted),
    ),
    Workaround(
        name="tls-only",
        reason="The emulator speaks plain HTTP, so a policy that requires TLS denies everything.",
        rewrite=_drop_tls_only,
    ),
)
