"""What the roles of a deployed stack may do, and taking some of it away; the emulator notices at once."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from local.workarounds import rewrite_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.stack import LocalStack

    Document = dict[str, Any]


def policies(stack: LocalStack, function: str) -> dict[str, Document]:
    """The inline policies of a function's role, by name, as the emulator holds them."""
    iam, role = stack.client("iam"), _role(stack, function)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in names
    }


def held(stack: LocalStack, function: str) -> set[str]:
    """The actions that a function's role may do."""
    return {
        action for document in policies(stack, function).values() for action in _actions(document)
    }


@contextlib.contextmanager
def without(stack: LocalStack, function: str, *actions: str) -> Iterator[None]:
    """Let a function's role not have some actions; an action that it does not have anyway is an AssertionError.

    What only the emulator knows of an action, such as that of its batch call, goes with it.
    """
    before = policies(stack, function)
    missing = set(actions) - held(stack, function)
    assert not missing, f"{function} has no {missing}"
    taken = {known for action in actions for known in names_of(action)}
    try:
        _put(stack, function, {name: _less(document, taken) for name, document in before.items()})
        yield
    finally:
        _put(stack, function, before)


def names_of(action: str) -> set[str]:
    """An action of AWS's, and what the emulator wants besides where AWS wants that alone."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return _actions(
        json.loads(rewrite_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]})))
    )


def refusals(stack: LocalStack, function: str, action: str) -> list[dict[str, Any]]:
    """The errors that a function has logged because its role may not do something."""
    texts = [f"not authorized to perform: {name} " for name in names_of(action)]
    errors = (line for line in stack.logs(function) if line.get("level") == "ERROR")
    return [line for line in errors if any(text in line.get("exception", "") for text in texts)]


def _role(stack: LocalStack, function: str) -> str:
    """The name of a function's role."""
    name = stack.outputs["functionNames"][function]
    arn: str = stack.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    return arn.rpartition("/")[2]


def _put(stack: LocalStack, function: str, documents: dict[str, Document]) -> None:
    iam, role = stack.client("iam"), _role(stack, function)
    for name, document in documents.items():
        if document["Statement"]:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        else:
            iam.delete_role_policy(RoleName=role, PolicyName=name)


def _actions(document: Document) -> set[str]:
    return {action for statement in document["Statement"] for action in _each(statement["Action"])}


def _less(document: Document, actions: set[str]) -> Document:
    kept = (
        {
            **statement,
            "Action": [action for action in _each(statement["Action"]) if action not in actions],
        }
        for statement in document["Statement"]
    )
    return {**document, "Statement": [statement for statement in kept if statement["Action"]]}


def _each(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions
