"""Tests: invocations through an alias with a weight, on the emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.local.support.functions import create_function
from tests.support.polling import eventually

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator
    from tooling.clients import Client

_REPORTS = """\
import json

def handler(event, context):
    for record in event["Records"]:
        print(json.dumps({"body": record["body"], "version": context.function_version}))
"""


def _publish(functions: Client, name: str, description: str) -> str:
    functions.update_function_configuration(FunctionName=name, Description=description)
    functions.get_waiter("function_updated_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 600}
    )
    version: str = functions.publish_version(FunctionName=name)["Version"]
    return version


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_messages_follow_the_weight(emulator: Emulator, weight: float) -> None:
    """With a weight of 0 the main version gets every message of a queue, with 1 the second one."""
    name, functions, sqs = f"weighted-{uuid4()}", emulator.client("lambda"), emulator.client("sqs")
    emulator.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    create_function(emulator, name, _REPORTS, timeout=10)
    first, second = (_publish(functions, name, text) for text in ("first", "second"))
    functions.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion=first,
        RoutingConfig={"AdditionalVersionWeights": {second: weight}},
    )
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    attribute = "QueueArn"
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"]
    functions.create_event_source_mapping(
        FunctionName=f"{name}:live", EventSourceArn=arn[attribute], BatchSize=1
    )
    bodies = {str(number) for number in range(5)}
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def received() -> dict[str, str]:
        events = emulator.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")
        lines = [event["message"] for event in events["events"]]
        reports = [json.loads(line) for line in lines if line.startswith('{"body"')]
        return {report["body"]: report["version"] for report in reports}

    eventually(lambda: received().keys() == bodies, "all messages")
    assert set(received().values()) == {second if weight else first}
