"""Every alarm of every stack, on series that breach, are healthy, are sparse, or have no data."""

from __future__ import annotations

import copy
import dataclasses
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from tests.infra.monitoring.support.alarms import Alarm, alarms
from tests.infra.monitoring.support.meanings import (
    BREACHING,
    HEALTHY,
    MISSING,
    SPARSE,
    cases,
)
from tests.infra.support.combinations import EITHER, combined
from tests.infra.support.graph import Graph, monitored, record, settings, stack_of
from tests.support.stacks import VARIANTS
from tooling import aws_metrics
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


_SECTION = re.compile(r"(?P<page>docs/[\w-]+\.md)#(?P<anchor>[\w-]+)$")


@pytest.fixture
def graph(stack_file: Path) -> Graph:
    """What each stack would deploy with all of its monitoring, in turn."""
    return monitored(stack_file)


def _wrong(alarm: Alarm) -> Iterator[str]:
    """The cases whose state is another one than the alarm means."""
    for case in cases(alarm):
        state = alarm.state(case.periods, case.before)
        if state != case.state:
            yield f"{alarm.label} is {state}, not {case.state}: {case}"


def _wrong_alarms(graph: Graph) -> list[str]:
    return [problem for alarm in alarms(graph) for problem in _wrong(alarm)]


def test_every_alarm_answers_as_meant(graph: Graph) -> None:
    """Each alarm fires on a breaching series, on no healthy one, and with gaps as meant."""
    assert _wrong_alarms(graph) == []


@pytest.mark.parametrize("level", ["full", "essential"])
@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_every_alarm_of_a_level_answers_as_meant(combination: Any, level: str) -> None:
    """The same with each level of monitoring, where every function exists."""
    assert _wrong_alarms(combined(combination, monitoring=level)) == []


@pytest.mark.thorough
@pytest.mark.parametrize("path", VARIANTS, ids=stack_of)
def test_every_alarm_of_a_variant_answers_as_meant(path: Path) -> None:
    """The same for every variant, with the defaults of `alarms`."""
    assert _wrong_alarms(record(settings(path, monitoring="full", alarms=None))) == []


def test_every_alarm_has_every_kind_of_series(graph: Graph) -> None:
    """The meaning of an alarm has a series of each kind, one of which fires."""
    for alarm in alarms(graph):
        kinds = Counter(case.kind for case in cases(alarm))
        assert kinds.keys() == {BREACHING, HEALTHY, SPARSE, MISSING}, alarm.label
        assert any(case.state == "ALARM" for case in cases(alarm) if case.kind == BREACHING)
        assert not any(case.state == "ALARM" for case in cases(alarm) if case.kind == HEALTHY)


def test_every_threshold_can_be_reached(graph: Graph) -> None:
    """No threshold is at or above the largest value of its metric, or below 0."""
    functions = {each["name"]: each for each in graph.all(aws.lambda_.Function)}
    queues = {each["name"]: each for each in graph.all(aws.sqs.Queue)}
    for alarm in (each for each in alarms(graph) if len(each.metrics) == 1):
        (metric,) = alarm.metrics
        listed = aws_metrics.emitted(metric.namespace, metric.name, metric.dimensions)
        limits = [listed.highest] if listed and listed.highest else []
        if metric.name == "Duration":
            limits.append(1000 * functions[metric.dimensions["FunctionName"]]["timeout"])
        if metric.name == "ApproximateAgeOfOldestMessage":
            # A message that fails is left out of the metric at its third receive.
            queue = queues[metric.dimensions["QueueName"]]
            receives = queue.document("redrivePolicy")["maxReceiveCount"]
            assert receives == 3
            limits.append((receives - 1) * queue["visibilityTimeoutSeconds"])
            assert alarm.resource["threshold"] > queue["visibilityTimeoutSeconds"]
        assert all(0 <= alarm.resource["threshold"] < limit for limit in limits), alarm.label


def test_shares_are_percentages(graph: Graph) -> None:
    """The threshold of an alarm on a share is a percentage."""
    for alarm in alarms(graph):
        if "100 *" in alarm.expression:
            assert 0 < alarm.resource["threshold"] < 100, alarm.label


def test_filled_data_is_not_the_only_datapoint(graph: Graph) -> None:
    """An alarm that fills missing data evaluates more datapoints than it needs.

    The latest may be filled because its data is late, which would keep the alarm in OK.
    """
    for alarm in alarms(graph):
        if "FILL" in alarm.expression:
            needed, evaluated = alarm.datapoints
            assert needed < evaluated, alarm.label


# Ways to break an alarm, as edits of its inputs.
_BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "direction": lambda inputs: inputs.update(comparisonOperator="LessThanThreshold"),
    "equality": lambda inputs: inputs.update(comparisonOperator="GreaterThanOrEqualToThreshold"),
    "datapoints": lambda inputs: inputs.update(evaluationPeriods=5, datapointsToAlarm=5),
}


@pytest.mark.parametrize("change", _BROKEN.values(), ids=_BROKEN)
def test_broken_alarms_are_found(change: Callable[[dict[str, Any]], Any]) -> None:
    """Each alarm with another comparison or other numbers of datapoints is found."""
    for alarm in alarms(combined(EITHER[0], monitoring="full")):
        assert [*_wrong(_changed(alarm, change))], alarm.label


@pytest.mark.parametrize("treatment", ["breaching", "missing", "ignore", "notBreaching"])
def test_another_treatment_of_missing_data_is_found(treatment: str) -> None:
    """Each alarm with another treatment of missing data is found, if its data can be missing."""
    sensitive = 0
    for alarm in alarms(combined(EITHER[0], monitoring="full")):
        changed = _changed(alarm, lambda inputs: inputs.update(treatMissingData=treatment))
        (value,) = alarm.definition.evaluated({metric.id: [None] for metric in alarm.metrics})
        if value is None and treatment != alarm.resource["treatMissingData"]:
            sensitive += 1
            assert [*_wrong(changed)], alarm.label
    assert sensitive >= 5


def _changed(alarm: Alarm, change: Callable[[dict[str, Any]], Any]) -> Alarm:
    inputs = copy.deepcopy(alarm.resource.inputs)
    change(inputs)
    return Alarm.of(dataclasses.replace(alarm.resource, inputs=inputs))


@pytest.mark.thorough
@pytest.mark.parametrize("path", VARIANTS, ids=stack_of)
def test_every_alarm_of_a_variant_names_a_section(path: Path) -> None:
    """The description of every alarm ends with a section of a page that exists."""
    for alarm in alarms(record(settings(path, monitoring="full", alarms=None))):
        match = _SECTION.search(alarm.resource["alarmDescription"])
        assert match, alarm.label
        assert match["anchor"] in _sections(ROOT / match["page"], level=2), alarm.label


def _sections(page: Path, *, level: int) -> list[str]:
    """The anchors of a page's headings of one level, as GitHub makes them."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(rf"^{'#' * level} (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings]


def test_every_runbook_section_belongs_to_an_alarm() -> None:
    """Every section between the first and the last runbook is one of an alarm."""
    sections = _sections(ROOT / "docs" / "operations.md", level=2)
    graphs = [combined(each, monitoring="full") for each in EITHER]
    named = {alarm.runbook for graph in graphs for alarm in alarms(graph)}
    places = [index for index, section in enumerate(sections) if section in named]
    assert set(sections[places[0] : places[-1] + 1]) == named
