"""What the roles of a deployed stack may do, and taking some of it away; the emulator notices at once."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.stack import LocalStack

    Document = dict[str, Any]


def policies(stack: LocalStack, function: str) -> dict[str, Document]:
    """The inline policies of a function's role, by name, as the emulator holds them."""
    iam, role = stack.client("iam"), stack.outputs["functionNames"][function]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}


@contextlib.contextmanager
def without(stack: LocalStack, function: str, *actions: str) -> Iterator[None]:
    """Let a function's role not have some actions; an action that it does not have anyway is an AssertionError."""
    before = policies(stack, function)
    held = {action for document in before.values() for action in _actions(document)}
    assert set(actions) <= held, f"{function} has no {set(actions) - held}"
    try:
        _put(stack, function, {name: _less(document, set(actions)) for name, document in before.items()})
        yield
    finally:
        _put(stack, function, before)


def _put(stack: LocalStack, function: str, documents: dict[str, Document]) -> None:
    iam, role = stack.client("iam"), stack.outputs["functionNames"][function]
    for name, document in documents.items():
        if document["Statement"]:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        else:
            iam.delete_role_policy(RoleName=role, PolicyName=name)


def _actions(document: Document) -> set[str]:
    return {action for statement in document["Statement"] for action in _each(statement["Action"])}


def _less(document: Document, actions: set[str]) -> Document:
    kept = (
        {**statement, "Action": [action for action in _each(statement["Action"]) if action not in actions]}
        for statement in document["Statement"]
    )
    return {**document, "Statement": [statement for statement in kept if statement["Action"]]}


def _each(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions
