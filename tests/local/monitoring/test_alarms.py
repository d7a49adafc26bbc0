"""Tests: the deployed alarms on the emulator, from what functions log and queues hold."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import pytest

from local.monitoring.alarms import Alarms, AlarmStatus
from local.monitoring.invocations import Invocation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.emulator.emulator import Emulator

_ALARM: dict[str, Any] = {
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 0,
    "EvaluationPeriods": 1,
    "DatapointsToAlarm": 1,
    "TreatMissingData": "notBreaching",
}
_SHARE = "IF(m1 >= 10, 100 * (FILL(m2, 0)) / (m1), IF(FILL(m2, 0) >= 3, 100, 0))"
_SERVICE = [{"Name": "environment", "Value": "dev"}, {"Name": "service", "Value": "email"}]


class _Stack(NamedTuple):
    """A dead-letter queue, a topic that notifies a queue, and the alarms of a stack."""

    emulator: Emulator
    prefix: str
    dead_letters: str
    notifications: str
    topic: str
    alarms: Alarms

    def put_alarm(self, label: str, **arguments: Any) -> None:
        """Create an alarm that notifies the topic of every change."""
        self.emulator.client("cloudwatch").put_metric_alarm(
            AlarmName=f"{self.prefix}{label}",
            AlarmActions=[self.topic],
            OKActions=[self.topic],
            **{**_ALARM, **arguments},
        )

    def notified(self) -> list[tuple[str, str]]:
        """The states that the topic was notified of, with the old ones."""
        batch = self.emulator.client("sqs").receive_message(
            QueueUrl=self.notifications, MaxNumberOfMessages=10
        )
        bodies = [json.loads(message["Body"]) for message in batch.get("Messages", ())]
        messages = [json.loads(body["Message"]) for body in bodies]
        return [(message["OldStateValue"], message["NewStateValue"]) for message in messages]


@pytest.fixture
def stack(emulator: Emulator) -> _Stack:
    """A stack without an alarm."""
    prefix = f"shop-{uuid4()}-"
    sqs, sns = emulator.client("sqs"), emulator.client("sns")
    dead_letters = sqs.create_queue(QueueName=f"{prefix}email-dead-letters")["QueueUrl"]
    topic = sns.create_topic(Name=f"{prefix}alerts")["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    notifications = sqs.create_queue(
        QueueName=f"{prefix}notifications", Attributes={"Policy": policy}
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=notifications, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    outputs = {
        "functionNames": {"email": f"{prefix}email", "orders": f"{prefix}orders"},
        "deadLetterQueueUrls": {"email": dead_letters},
    }
    alarms = Alarms.of_stack(emulator.client, lambda: outputs, prefix=prefix)
    return _Stack(emulator, prefix, dead_letters, notifications, topic, alarms)


def _states(statuses: Sequence[AlarmStatus]) -> dict[str, str]:
    return {status.label: status.state for status in statuses}


def _invocation(
    function: str,
    *texts: str,
    lines: Sequence[dict[str, Any]] = (),
    metrics: Sequence[dict[str, Any]] = (),
    at: float | None = None,
) -> Invocation:
    return Invocation(
        function=function,
        request_id=str(uuid4()),
        at=datetime.fromtimestamp(time.time() if at is None else at, UTC),
        lines=list(lines),
        metrics=list(metrics),
        texts=list(texts),
        duration_ms=10,
    )


def _emails(name: str, value: float | list[float]) -> dict[str, Any]:
    directive = {
        "Namespace": "shop",
        "Dimensions": [["environment", "service"]],
        "Metrics": [{"Name": name}],
    }
    metadata = {"Timestamp": 0, "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, "environment": "dev", "service": "email", name: value}


def _query(number: str, name: str, stack: _Stack) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": f"{stack.prefix}email"}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions}
    stat = {"Metric": metric, "Period": 300, "Stat": "Sum"}
    return {"Id": number, "MetricStat": stat, "ReturnData": False}


def test_a_dead_letter_fires_and_its_removal_ends_the_alarm(stack: _Stack) -> None:
    """A dead letter sets the alarm to ALARM at once, an empty queue to OK; both are notified."""
    sqs = stack.emulator.client("sqs")
    stack.put_alarm(
        "email-dead-letters",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": f"{stack.prefix}email-dead-letters"}],
        Statistic="Maximum",
        Period=60,
    )
    dead_letters: list[tuple[str, int]] = []
    changes: list[Sequence[AlarmStatus]] = []
    stack.alarms.depths.subscribe_to_dead_letters(lambda *each: dead_letters.append(each))
    stack.alarms.subscribe(changes.append)
    assert stack.alarms.evaluate() == [], "a new alarm's first OK is no change"
    sqs.send_message(QueueUrl=stack.dead_letters, MessageBody="{}")
    assert _states(stack.alarms.evaluate()) == {"email-dead-letters": "ALARM"}
    assert stack.alarms.evaluate() == []
    (status,) = stack.alarms.statuses()
    assert status.reason == "At least 1 of 1 datapoints > 0: the latest is 1"
    sqs.purge_queue(QueueUrl=stack.dead_letters)
    assert _states(stack.alarms.evaluate()) == {"email-dead-letters": "OK"}
    assert dead_letters == [("email", 1)]
    assert [_states(each)["email-dead-letters"] for each in changes] == ["ALARM", "OK"]
    assert stack.notified() == [("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM"), ("ALARM", "OK")]


def test_dead_letters_of_an_earlier_run_are_not_reported(stack: _Stack) -> None:
    """Dead letters that were there before the start are no new ones; a later one is."""
    reports: list[tuple[str, int]] = []
    stack.alarms.depths.subscribe_to_dead_letters(lambda *each: reports.append(each))
    for expected in ([], [("email", 2)]):
        stack.emulator.client("sqs").send_message(QueueUrl=stack.dead_letters, MessageBody="{}")
        stack.alarms.depths.read()
        assert reports == expected


@pytest.mark.parametrize(
    ("succeeded", "failed", "state"),
    [(0, 0, "OK"), (10, 0, "OK"), (9, 1, "OK"), (8, 2, "ALARM"), (0, 2, "OK"), (0, 3, "ALARM")],
)
def test_a_share_of_failed_invocations(
    stack: _Stack, succeeded: int, failed: int, state: str
) -> None:
    """Metric math is evaluated over what the log shows: invocations and uncaught errors."""
    result = {"Id": "result", "Expression": _SHARE, "Label": "share", "ReturnData": True}
    queries = [_query("m1", "Invocations", stack), _query("m2", "Errors", stack), result]
    stack.put_alarm("email-errors", Metrics=queries, Threshold=10)
    stack.alarms.evaluate()
    stack.alarms.metrics.take(_invocation("email") for _ in range(succeeded))
    stack.alarms.metrics.take(_invocation("email", "[ERROR] KeyError: x") for _ in range(failed))
    stack.alarms.evaluate()
    assert _states(stack.alarms.statuses()) == {"email-errors": state}


def test_datapoints_of_several_periods(stack: _Stack) -> None:
    """An alarm on two of three periods fires when a second one breaches, not for one alone."""
    result = {"Id": "result", "Expression": "FILL(m2, 0)", "ReturnData": True}
    stack.put_alarm(
        "email-errors",
        Metrics=[_query("m2", "Errors", stack), result],
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
    )
    now = time.time()
    stack.alarms.evaluate(now)
    for at, state in ((now, "OK"), (now + 200, "OK"), (now + 301, "ALARM")):
        stack.alarms.metrics.take([_invocation("email", "[ERROR] x", at=at)])
        stack.alarms.evaluate(at)
        assert _states(stack.alarms.statuses()) == {"email-errors": state}, at - now
    stack.alarms.evaluate(now + 5000)
    assert _states(stack.alarms.statuses()) == {"email-errors": "OK"}


def test_metrics_that_handlers_log(stack: _Stack) -> None:
    """Documents in the embedded metric format are metrics with their dimensions."""
    metric = {"Namespace": "shop", "MetricName": "EmailsSent", "Statistic": "Sum", "Period": 3600}
    stack.put_alarm("email-volume", **metric, Dimensions=_SERVICE, Threshold=4)
    stack.put_alarm("other", **metric, Dimensions=_SERVICE[:1], Threshold=0)
    stack.alarms.evaluate()
    documents = [_emails("EmailsSent", 3), _emails("EmailsSent", [1, 1])]
    stack.alarms.metrics.take([_invocation("email", metrics=documents)])
    stack.alarms.evaluate()
    assert _states(stack.alarms.statuses()) == {"email-volume": "ALARM", "other": "OK"}


@pytest.mark.parametrize(
    ("name", "dimensions"),
    [("5xx", {"ApiId": "a"}), ("5XXError", {"ApiName": "shop", "Stage": "dev"})],
)
def test_responses_of_the_api(stack: _Stack, name: str, dimensions: dict[str, str]) -> None:
    """5xx responses of HTTP and REST APIs are those of the functions behind them."""
    stack.put_alarm(
        "api-server-errors",
        Namespace="AWS/ApiGateway",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Sum",
        Period=300,
    )
    stack.alarms.evaluate()
    rejected = {"level": "WARNING", "message": "Request rejected", "status": 400}
    failed = {"level": "ERROR", "message": "Request could not be processed"}
    stack.alarms.metrics.take([_invocation("orders", lines=[rejected]), _invocation("email")])
    assert stack.alarms.evaluate() == []
    stack.alarms.metrics.take([_invocation("orders", lines=[failed])])
    assert _states(stack.alarms.evaluate()) == {"api-server-errors": "ALARM"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"Namespace": "AWS/Lambda", "MetricName": "IteratorAge"}, "iterator age"),
        ({"Namespace": "AWS/SQS", "MetricName": "ApproximateAgeOfOldestMessage"}, "age"),
        ({"Namespace": "AWS/DynamoDB", "MetricName": "ReadThrottleEvents"}, "throttle"),
        ({"Namespace": "AWS/SES", "MetricName": "Reputation.BounceRate"}, "bounces"),
        ({"Namespace": "AWS/S3", "MetricName": "5xxErrors"}, "AWS/S3 5xxErrors is not computed"),
        (
            {
                "Namespace": "shop",
                "MetricName": "A",
                "ComparisonOperator": "LessThanLowerThreshold",
            },
            "comparison LessThanLowerThreshold",
        ),
    ],
)
def test_an_alarm_that_is_not_evaluated_says_why(
    stack: _Stack, arguments: dict[str, Any], reason: str
) -> None:
    """An alarm without data here keeps its state, and its status has the reason."""
    stack.put_alarm("blind", **{"Statistic": "Maximum", "Period": 60, **arguments})
    stack.alarms.evaluate()
    (status,) = stack.alarms.statuses()
    assert status.state == "INSUFFICIENT_DATA"
    assert reason in str(status.not_evaluated)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [("SUM(METRICS())", "SUM(METRICS())"), ("m2 ^ 2", "BitXor"), ("m1 AND", "m1 AND")],
)
def test_an_expression_that_is_not_evaluated_is_named(
    stack: _Stack, expression: str, reason: str
) -> None:
    """Metric math that is not evaluated here is named in the status of its alarm."""
    result = {"Id": "result", "Expression": expression, "ReturnData": True}
    stack.put_alarm("math", Metrics=[_query("m2", "Errors", stack), result])
    stack.alarms.evaluate()
    (status,) = stack.alarms.statuses()
    assert status.not_evaluated == f"the expression {reason} is not evaluated"


def test_other_stacks_alarms_are_left_alone(stack: _Stack) -> None:
    """Alarms whose names do not begin with the project and the stack are not touched."""
    metric = {"Namespace": "shop", "MetricName": "A", "Statistic": "Sum", "Period": 60}
    name = f"other-{uuid4()}"
    cloudwatch = stack.emulator.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName=name, **{**_ALARM, **metric})
    stack.alarms.evaluate()
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert stack.alarms.statuses() == []
