"""The smoke test of a stack on the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.email.records import record_key
from orderctl.stack import Outputs, connect
from release.smoke.model import SmokeOptions
from release.smoke.runner import run
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.smoke.model import Step
    from tests.e2e.support.stack import LocalStack

# The function that handles the first order of a stack starts on a busy machine.
_OPTIONS = {"timeout_seconds": 60, "storefront_seconds": 10, "poll_seconds": 0.1}


def smoke_test(stack: LocalStack, *, storefront: bool = False, **options: Any) -> list[str]:
    """Run the test, and return the steps that were passed; without a storefront's server."""
    return [step.name for step in _run(stack, storefront=storefront, **options)]


def check_smoke_test(stack: LocalStack, **options: Any) -> None:
    """A smoke test passes every step, and leaves no order and no record of it."""
    first = ["accepted"] if "orders" in stack.outputs["queueUrls"] else ["accepted", "replayed"]
    steps = _run(stack, **options)
    names = [step.name for step in steps]
    assert names[: len(first) + 2] == [*first, "stored", "published"]
    assert {"emailed", "audited"} <= {*names}
    order_id = steps[0].detail.rpartition(" ")[2]
    assert order_id not in str([_items(stack, "ordersTableName"), _items(stack, "auditTableName")])
    eventually(lambda: _every_email_has_its_order(stack), "no email record without an audit record")


def _run(stack: LocalStack, *, storefront: bool = False, **options: Any) -> Sequence[Step]:
    outputs = {**stack.outputs, **stack.emulator.connection}
    if not storefront:
        outputs.pop("storefrontUrl", None)
    target = connect(Outputs.model_validate(outputs))
    return run(target, SmokeOptions(**{**_OPTIONS, **options}))


def _every_email_has_its_order(stack: LocalStack) -> bool:
    """Whether each email record is that of an audit record: those of the test have none left."""
    keys = {item["eventId"]["S"] for item in _items(stack, "sentEmailsTableName")}
    audited = {record_key(item["auditId"]["S"]) for item in _items(stack, "auditTableName")}
    return {key for key in keys if key.startswith("email#")} <= audited


def _items(stack: LocalStack, output: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = stack.client("dynamodb").scan(TableName=stack.outputs[output])[
        "Items"
    ]
    return items
