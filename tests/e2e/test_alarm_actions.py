"""Alarms notify the subscribers of their topics, on the embedded AWS."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local.monitoring.alarms import deployed_alarms
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.support.stack import LocalStack

_SEVERITIES = ("critical", "warning")


class _Inbox:
    """A queue that is subscribed to the topic of a severity."""

    def __init__(self, stack: LocalStack, severity: str) -> None:
        self._sqs, self._sns = stack.client("sqs"), stack.client("sns")
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        name = f"alarms-{severity}-{uuid4()}"
        self._url = self._sqs.create_queue(QueueName=name, Attributes={"Policy": policy})[
            "QueueUrl"
        ]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.subscription = self._sns.subscribe(
            TopicArn=stack.outputs["alarmTopicArns"][severity],
            Protocol="sqs",
            Endpoint=arn["Attributes"]["QueueArn"],
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        self.changes: Counter[tuple[str, str]] = Counter()

    def close(self) -> None:
        """Unsubscribe the queue, and delete it."""
        self._sns.unsubscribe(SubscriptionArn=self.subscription)
        self._sqs.delete_queue(QueueUrl=self._url)

    def await_changes(self, count: int) -> Counter[tuple[str, str]]:
        """Return how often which alarm was reported in which state, after so many messages."""
        eventually(lambda: self._receive() >= count, f"{count} notifications")
        self._receive()
        return self.changes

    def _receive(self) -> int:
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                change: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
                self.changes[change["AlarmName"], change["NewStateValue"]] += 1
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return self.changes.total()


@pytest.fixture
def alarms(stack: LocalStack) -> list[dict[str, Any]]:
    """Every alarm of the local stack, in the state OK."""
    prefix = stack.outputs["functionNames"]["orders"].removesuffix("orders")
    alarms = deployed_alarms(stack.client, prefix)
    _set_states(stack, alarms, "OK")
    return alarms


@pytest.fixture
def inboxes(stack: LocalStack, alarms: list[dict[str, Any]]) -> Iterator[dict[str, _Inbox]]:
    """A subscriber of each topic, from when the alarms are OK."""
    assert alarms
    with contextlib.ExitStack() as cleanup:
        inboxes = {severity: _Inbox(stack, severity) for severity in _SEVERITIES}
        for inbox in inboxes.values():
            cleanup.callback(inbox.close)
        yield inboxes


def _set_states(stack: LocalStack, alarms: list[dict[str, Any]], state: str) -> None:
    for alarm in alarms:
        stack.client("cloudwatch").set_alarm_state(
            AlarmName=alarm["AlarmName"], StateValue=state, StateReason="test"
        )


def test_every_alarm_reaches_the_subscribers_of_its_topic(
    stack: LocalStack, alarms: list[dict[str, Any]], inboxes: dict[str, _Inbox]
) -> None:
    """Each alarm notifies its topic of ALARM, critical ones of OK as well, and no other topic."""
    assert len(alarms) > 25
    for state in ("ALARM", "OK"):
        _set_states(stack, alarms, state)
    states = {"critical": ("ALARM", "OK"), "warning": ("ALARM",)}
    for severity, inbox in inboxes.items():
        expected = Counter(
            (alarm["AlarmName"], state)
            for alarm in alarms
            if alarm["AlarmDescription"].startswith(f"[{severity}]")
            for state in states[severity]
        )
        assert inbox.await_changes(expected.total()) == expected
