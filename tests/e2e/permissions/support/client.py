"""A deployed stack as its clients see it, which waits for permissions that are missing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.support.polling import eventually
from tests.support.stack import LocalStack, sample_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

# With these, a stack has permissions of every kind that the emulator asks for nowhere.
NETWORK_AND_KEY = {
    "encryption": "customer",
    "vpc": {
        "vpcId": "vpc-00000001",
        "subnetIds": ["subnet-00000001"],
        "routeTableIds": ["rtb-00000001"],
    },
}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A deployed stack as a client of it sees it, and how many e-mails about an order there are."""

    stack: LocalStack
    headers: Mapping[str, str] = field(default_factory=dict)
    emails: Callable[[str], int]

    def submit(self, order_id: str) -> httpx.Response:
        """Send an order under an ID, of a customer who has no other."""
        order = sample_order(orderId=order_id, customerId=f"of-{order_id}")
        return self.stack.post(order, key=order_id, headers=dict(self.headers))

    def get(self, path: str) -> httpx.Response:
        """Read something."""
        return self.stack.get(path, headers=dict(self.headers))

    def await_order(self, order_id: str) -> None:
        """Wait until an order is where it should be, and confirmed, once."""
        expected = (True, 1, 1)

        def seen() -> bool:
            stored = self.stack.order(order_id) is not None
            return (
                stored,
                len(self.stack.audit_records(order_id)),
                self.emails(order_id),
            ) == expected

        eventually(seen, f"{order_id} stored, audited and confirmed once", timeout=30)


def patient(stack: LocalStack) -> LocalStack:
    """Let every queue give a failed message back after a second, as often as it takes."""
    sqs = stack.client("sqs")
    for label, url in stack.outputs["queueUrls"].items():
        dead_letters = stack.outputs["deadLetterQueueUrls"][label]
        arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1000})
        sqs.set_queue_attributes(
            QueueUrl=url, Attributes={"VisibilityTimeout": "1", "RedrivePolicy": redrive}
        )
    return stack


def publish_again(stack: LocalStack, function: str, **variables: str) -> None:
    """Publish another version of a function, whose processes are new ones, with more environment variables."""
    name, functions = stack.outputs["functionNames"][function], stack.client("lambda")
    given = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = {**given, **variables, "PUBLISHED": str(uuid4())}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
