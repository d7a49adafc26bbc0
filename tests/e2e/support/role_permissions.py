"""Removes actions from the IAM policies of a deployed function's role, with immediate effect."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from local.deployment.workarounds import rewrite_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.support.stack import LocalStack

    Document = dict[str, Any]


def allowed_actions(stack: LocalStack, function: str) -> set[str]:
    """The actions that a function's role allows."""
    return {action for policy in _policies(stack, function).values() for action in _actions(policy)}


@contextlib.contextmanager
def without(stack: LocalStack, function: str, *actions: str) -> Iterator[None]:
    """Remove actions from a function's role, each of which it has to have.

    The actions that the emulator wants in their place, as for batch calls, are removed with them.
    """
    before = _policies(stack, function)
    missing = set(actions) - allowed_actions(stack, function)
    assert not missing, f"{function} has no {missing}"
    removed = {name for action in actions for name in _names(action)}
    try:
        _put(stack, function, {name: _less(policy, removed) for name, policy in before.items()})
        yield
    finally:
        _put(stack, function, before)


def refusals(stack: LocalStack, function: str, action: str) -> list[dict[str, Any]]:
    """The errors that a function has logged because its role does not allow an action."""
    texts = [f"not authorized to perform: {name} " for name in _names(action)]
    errors = (line for line in stack.logs(function) if line.get("level") == "ERROR")
    return [line for line in errors if any(text in line.get("exception", "") for text in texts)]


def _names(action: str) -> set[str]:
    """An action, and those that the emulator wants in its place."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return _actions(json.loads(rewrite_policy(policy)))


def _role(stack: LocalStack, function: str) -> str:
    name = stack.outputs["functionNames"][function]
    arn: str = stack.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    return arn.rpartition("/")[2]


def _policies(stack: LocalStack, function: str) -> dict[str, Document]:
    """The inline policies of a function's role, by name."""
    iam, role = stack.client("iam"), _role(stack, function)
    return {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }


def _put(stack: LocalStack, function: str, policies: dict[str, Document]) -> None:
    iam, role = stack.client("iam"), _role(stack, function)
    for name, policy in policies.items():
        if policy["Statement"]:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
        else:
            iam.delete_role_policy(RoleName=role, PolicyName=name)


def _actions(policy: Document) -> set[str]:
    return {action for statement in policy["Statement"] for action in _list(statement["Action"])}


def _less(policy: Document, actions: set[str]) -> Document:
    statements = [
        {**each, "Action": [action for action in _list(each["Action"]) if action not in actions]}
        for each in policy["Statement"]
    ]
    return {**policy, "Statement": [each for each in statements if each["Action"]]}


def _list(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions
