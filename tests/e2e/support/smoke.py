"""The smoke test of a stack on the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderctl.stack import Outputs, connect
from release.smoke.model import SmokeOptions
from release.smoke.runner import run

if TYPE_CHECKING:
    from tests.e2e.support.stack import LocalStack

# The function that handles the first order of a stack starts on a busy machine.
_OPTIONS = {"timeout_seconds": 60, "storefront_seconds": 10, "poll_seconds": 0.1}


def smoke_test(stack: LocalStack, *, storefront: bool = False, **options: Any) -> list[str]:
    """Run the test, and return the steps that were passed; without a storefront's server."""
    outputs = {**stack.outputs, **stack.emulator.connection}
    if not storefront:
        outputs.pop("storefrontUrl", None)
    target = connect(Outputs.model_validate(outputs))
    return [step.name for step in run(target, SmokeOptions(**{**_OPTIONS, **options}))]


def check_smoke_test(stack: LocalStack, **options: Any) -> None:
    """A smoke test passes every step, and leaves no order and no record of it."""
    before = _counts(stack)
    first = ["accepted"] if "orders" in stack.outputs["queueUrls"] else ["accepted", "replayed"]
    steps = smoke_test(stack, **options)
    assert steps[: len(first) + 2] == [*first, "stored", "published"]
    assert {"emailed", "audited"} <= {*steps}
    assert _counts(stack) == before


def _counts(stack: LocalStack) -> dict[str, int]:
    """The items of each table."""
    names = ("ordersTableName", "auditTableName", "sentEmailsTableName")
    dynamodb = stack.client("dynamodb")
    tables = {name: stack.outputs[name] for name in names}
    return {name: dynamodb.scan(TableName=table)["Count"] for name, table in tables.items()}
