"""Alarms on a share of failures: floors, M of N datapoints, and like over like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.monitoring.support.alarms import OWN_SETTINGS, Alarm, alarm_on, alarms
from tests.infra.support.combinations import EITHER, Combination, combined
from tests.infra.support.expectations import OUTCOMES, api_metrics, client_packages, packages
from tests.infra.support.graph import STACK_FILES, Graph, monitored, record, settings
from tests.support.emitted_metrics import emitted

if TYPE_CHECKING:
    from pathlib import Path

_DAY = 86_400

# Series of (invocations or requests, failures) by period, and the resulting state of an alarm on
# 5 % in 2 of 3 datapoints, each of at least 20 invocations.
_SERIES = [
    pytest.param([(1, 1)], "OK", id="one failure alone"),
    pytest.param(
        [(19, 1), (19, 1), (19, 1)], "OK", id="one failure below the floor, again and again"
    ),
    pytest.param([(19, 2), (19, 2), (19, 2)], "OK", id="below the floor"),
    pytest.param([(20, 1), (20, 1), (20, 1)], "OK", id="5 % is not above 5 %"),
    pytest.param([(20, 2)], "OK", id="one bad datapoint"),
    pytest.param([(20, 2), (1000, 0), (1000, 0), (20, 2)], "OK", id="two bad datapoints far apart"),
    pytest.param([(20, 2), (20, 2)], "ALARM", id="two bad datapoints in a row"),
    pytest.param([(20, 2), (1000, 0), (20, 2)], "ALARM", id="two of three"),
    pytest.param(
        [(100, 100), (5, 1), (100, 100)], "ALARM", id="a datapoint below the floor between"
    ),
    pytest.param([(100, 100), (0, 0), (0, 0), (100, 100)], "OK", id="a pause between"),
    pytest.param([(0, 0)] * 5, "OK", id="no traffic"),
    pytest.param([], "OK", id="no data"),
]


@pytest.fixture
def graph(stack_file: Path) -> Graph:
    """What each stack would deploy with all of its monitoring, in turn."""
    return monitored(stack_file)


def _state(alarm: Alarm, periods: list[dict[str, float]]) -> str:
    return "ALARM" if alarm.fires(periods) else "OK"


def _of_shares(graph: Graph) -> list[Alarm]:
    """The alarms that divide."""
    return [alarm for alarm in alarms(graph) if "/" in alarm.expression]


@pytest.mark.parametrize(("series", "state"), _SERIES)
def test_function_errors_fire_by_rate_and_minimum(
    graph: Graph, series: list[tuple[int, int]], state: str
) -> None:
    """Two of three datapoints above 5 % fire; one failure among fewer than 20 does not."""
    for function in graph.all(aws.lambda_.Function):
        alarm = alarm_on(graph, "Errors", FunctionName=function["name"])
        periods: list[dict[str, float]] = [
            {"Invocations": whole, "Errors": part} for whole, part in series
        ]
        assert _state(alarm, periods) == state, alarm.resource


@pytest.mark.parametrize(("series", "state"), _SERIES)
def test_failed_requests_fire_by_rate_and_minimum(
    graph: Graph, series: list[tuple[int, int]], state: str
) -> None:
    """Responses with 500 or 503 count like failed invocations."""
    for package in client_packages(graph):
        (failed,) = OUTCOMES[package]
        alarm = alarm_on(graph, failed, environment=graph.stackfile.stack, service=package)
        periods: list[dict[str, float]] = [
            {"Invocations": whole, "Errors": 0, failed: part} for whole, part in series
        ]
        assert _state(alarm, periods) == state, alarm.resource


@pytest.mark.parametrize(("series", "state"), _SERIES)
def test_failed_messages_are_a_share_of_messages(
    graph: Graph, series: list[tuple[int, int]], state: str
) -> None:
    """Failed messages fire by their share of all messages, whatever the number of invocations."""
    for package in packages(graph) - client_packages(graph) - {"relay"}:
        failed, *handled = OUTCOMES[package]
        alarm = alarm_on(graph, failed, environment=graph.stackfile.stack, service=package)
        assert (alarm.severity, alarm.runbook) == ("critical", "failed-messages")
        assert {metric.name for metric in alarm.metrics} == {failed, *handled}
        assert all(metric.namespace == graph.stackfile.project for metric in alarm.metrics)
        for other in handled:
            periods: list[dict[str, float]] = [
                {failed: part, other: whole - part} for whole, part in series
            ]
            assert _state(alarm, periods) == state, (alarm.resource, other)


def test_a_batch_is_no_larger_a_share_than_its_messages(graph: Graph) -> None:
    """One failed message per batch of ten is 10 % of the messages, and no failed invocation."""
    audit = {"environment": graph.stackfile.stack, "service": "audit"}
    messages = alarm_on(graph, "AuditRecordsFailed", **audit)
    one_in_a_hundred = {"AuditRecordsFailed": 10, "AuditRecordsCreated": 990}
    assert not messages.fires_with(Invocations=100, **one_in_a_hundred)
    assert messages.fires_with(Invocations=100, AuditRecordsFailed=100, AuditRecordsCreated=900)
    invocations = alarm_on(graph, "Errors", FunctionName=f"{graph.prefix}audit")
    assert not invocations.fires_with(
        Invocations=100, Errors=0, AuditRecordsFailed=100, AuditRecordsCreated=900
    )


def test_handlers_emit_the_metrics_of_messages(graph: Graph) -> None:
    """A handler emits each metric that its alarm takes for a failed or a handled message."""
    for package in packages(graph) - {"relay"}:
        seen = {each.name for each in emitted().metrics if each.package == package}
        assert set(OUTCOMES[package]) <= seen, package


@pytest.mark.parametrize(
    ("series", "state"),
    [
        pytest.param([(1, 1)] * 3, "OK", id="single failures"),
        pytest.param([(2, 2)] * 3, "OK", id="two at a time"),
        pytest.param([(19, 1)] * 3, "OK", id="one failure below the floor"),
        pytest.param([(19, 18)] * 3, "OK", id="one success below the floor"),
        pytest.param([(3, 3)], "OK", id="one bad datapoint"),
        pytest.param([(3, 3), (0, 0), (3, 3)], "ALARM", id="nothing succeeds"),
        pytest.param([(19, 19), (19, 19)], "ALARM", id="nothing succeeds, up to the floor"),
        pytest.param([(100, 2), (100, 2)], "ALARM", id="above 1 %"),
        pytest.param([(100, 1), (100, 1)], "OK", id="1 %"),
    ],
)
def test_an_outage_with_little_traffic_fires(
    graph: Graph, series: list[tuple[int, int]], state: str
) -> None:
    """5xx responses fire below the minimum too, if there are no others and at least three."""
    api = api_metrics(graph)
    alarm = alarm_on(graph, api.server_errors, **api.dimensions)
    assert (
        _state(alarm, [{"Count": whole, api.server_errors: part} for whole, part in series])
        == state
    )


def test_a_relay_that_only_fails_fires(graph: Graph) -> None:
    """A relay whose every invocation fails fires with few invocations: dead letters come later."""
    alarm = alarm_on(graph, "Errors", FunctionName=f"{graph.prefix}relay")
    assert alarm.fires_with(Invocations=3, Errors=3)
    assert not alarm.fires_with(Invocations=3, Errors=2)
    assert not alarm.fires_with(Invocations=2, Errors=2)


@pytest.mark.parametrize(("requests", "errors"), [(1, 1), (9, 1), (9, 9), (19, 19)])
def test_client_errors_of_a_few_requests_are_no_alarm(
    graph: Graph, requests: int, errors: int
) -> None:
    """What a bot or a single client gets wrong in fewer requests than the floor is no warning."""
    api = api_metrics(graph)
    alarm = alarm_on(graph, api.client_errors, **api.dimensions)
    assert not alarm.fires([{"Count": requests, api.client_errors: errors}] * 5)
    assert alarm.fires([{"Count": 20, api.client_errors: 3}] * 2)


def test_every_error_rate_has_a_minimum_and_datapoints(graph: Graph) -> None:
    """No alarm on a share fires by one failure alone, or by one datapoint alone, in any stack."""
    of_shares = _of_shares(graph)
    assert len(of_shares) >= 8
    for alarm in of_shares:
        alone = {metric.name: 1.0 for metric in alarm.metrics}
        assert alarm.datapoints == (2, 3), alarm.resource
        assert not alarm.fires([alone] * 10), alarm.resource
        assert not alarm.fires([dict.fromkeys(alone, 1e6)]), alarm.resource


def test_alarms_evaluate_at_most_what_cloudwatch_allows(graph: Graph) -> None:
    """No alarm evaluates more than CloudWatch allows: a day, or a week of hours."""
    for alarm in alarms(graph):
        _, periods = alarm.datapoints
        (length,) = {metric.period for metric in alarm.metrics}
        assert length * periods <= (_DAY if length < 3600 else 7 * _DAY), alarm.resource
        assert len(alarm.metrics) <= 10, (
            f"{alarm.resource} has more metrics than an expression may have"
        )


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_minimums_and_datapoints_are_configurable(combination: Combination) -> None:
    """Floors, datapoints and volumes follow their keys, with every gateway and ingestion."""
    graph = combined(combination, monitoring="full", alarms=json.dumps(OWN_SETTINGS))
    for alarm in _of_shares(graph):
        assert alarm.datapoints == (4, 5), alarm.resource
    api = api_metrics(graph)
    requests = alarm_on(graph, api.client_errors, **api.dimensions)
    invocations = alarm_on(graph, "Errors", FunctionName=f"{graph.prefix}audit")
    messages = alarm_on(
        graph, "AuditRecordsFailed", environment=graph.stackfile.stack, service="audit"
    )
    for floor, alarm, whole, part in (
        (9, requests, "Count", api.client_errors),
        (7, invocations, "Invocations", "Errors"),
        (8, messages, "AuditRecordsCreated", "AuditRecordsFailed"),
    ):
        failed = 1 if alarm is messages else 0  # there the failed messages are not among the others
        assert alarm.fires([{whole: floor - failed, part: floor}] * 4), alarm.resource
        assert not alarm.fires([{whole: floor - failed, part: floor}] * 3), alarm.resource
    assert not requests.fires_with(Count=8, **{api.client_errors: 8})
    assert not invocations.fires_with(Invocations=6, Errors=6)
    assert not messages.fires_with(AuditRecordsCreated=4, AuditRecordsFailed=3)


def test_one_failure_may_be_enough() -> None:
    """A stack may have the alarms of old: one invocation, one datapoint."""
    alarms_of_old = {"minimumInvocations": 1, "evaluationPeriods": 1, "datapointsToAlarm": 1}
    graph = record(settings(STACK_FILES[0], monitoring="full", alarms=json.dumps(alarms_of_old)))
    alarm = alarm_on(graph, "Errors", FunctionName=f"{graph.prefix}email")
    assert alarm.fires([{"Invocations": 1, "Errors": 1}])
