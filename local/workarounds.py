"""The one place where the emulator's wrong answers are worked round, so that what is deployed stays AWS's.

Every entry rewrites one statement of a policy on its way into the emulator. `tests/local/test_workarounds.py` shows
for each that the emulator still needs it, and `docs/emulator.md` lists them.
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
    """A fault of the emulator's and the rewrite of a policy statement that gets round it."""

    name: str
    reason: str
    rewrite: Rewrite


def rewrite_policy(document: str) -> str:
    """A policy document as the emulator needs it to answer as AWS answers to the original."""
    policy = json.loads(document)
    statements = _list(policy["Statement"])
    for workaround in WORKAROUNDS:
        statements = [new for statement in statements for new in workaround.rewrite(statement)]
    return json.dumps({**policy, "Statement": statements})


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _allowed(statement: Statement, action: str) -> bool:
    return statement["Effect"] == "Allow" and action in _list(statement.get("Action", []))


def _also(batches: dict[str, str]) -> Rewrite:
    """Grant the batch action wherever the single one is granted."""

    def rewrite(statement: Statement) -> list[Statement]:
        actions = _list(statement.get("Action", []))
        missing = [
            batch
            for single, batch in batches.items()
            if _allowed(statement, single) and batch not in actions
        ]
        return [{**statement, "Action": [*actions, *missing]} if missing else statement]

    return rewrite


def _apart(action: str, change: Callable[[Statement], Statement]) -> Rewrite:
    """Move one action into a statement of its own, and change that."""

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


def _on_everything(statement: Statement) -> Statement:
    unconditional = {key: value for key, value in statement.items() if key != "Condition"}
    return {**unconditional, "Resource": "*"}


def _unless_tls_only(statement: Statement) -> list[Statement]:
    asked = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return [] if statement["Effect"] == "Deny" and str(asked).lower() == "false" else [statement]


_QUEUE_BATCHES = {
    f"sqs:{action}": f"sqs:{action}Batch"
    for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
}

WORKAROUNDS = (
    Workaround(
        name="sns-publish-batch",
        reason="PublishBatch is denied to who may sns:Publish; it also wants sns:PublishBatch, unknown to AWS.",
        rewrite=_also({"sns:Publish": "sns:PublishBatch"}),
    ),
    Workaround(
        name="sqs-batches",
        reason="Each batch call on a queue is denied to who may make the single call; it wants an action of its own.",
        rewrite=_also(_QUEUE_BATCHES),
    ),
    Workaround(
        name="ses-send-email",
        reason="Sending is denied unless ses:SendEmail is granted on every resource and without a condition.",
        rewrite=_apart("ses:SendEmail", _on_everything),
    ),
    Workaround(
        name="tls-only",
        reason="The emulator speaks plain HTTP, so a policy that denies all but TLS would deny everything.",
        rewrite=_unless_tls_only,
    ),
)
