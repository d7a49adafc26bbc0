"""Filter patterns of CloudWatch Logs on the emulator."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from local.emulator.log_filters import field_filter

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator

_GROUP = "/aws/lambda/filtered"


def test_a_search_returns_the_lines_of_one_order_alone(emulator: Emulator) -> None:
    """A filter for a field's text does not return the rest of the log."""
    logs = emulator.client("logs")
    logs.create_log_group(logGroupName=_GROUP)
    logs.create_log_stream(logGroupName=_GROUP, logStreamName="all")
    lines = [
        json.dumps({"orderId": "one"}),
        json.dumps({"orderId": "another", "message": "one"}),
        "one",
    ]
    events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
    logs.put_log_events(logGroupName=_GROUP, logStreamName="all", logEvents=events)

    found = logs.filter_log_events(logGroupName=_GROUP, filterPattern='{ $.orderId = "one" }')

    assert [event["message"] for event in found["events"]] == lines[:1]


@pytest.mark.parametrize("line", ["", "no JSON", '["ERROR"]', '{"level": null}', '{"ERROR": 1}'])
def test_other_lines_do_not_match(line: str) -> None:
    """Lines of Lambda itself, and JSON without the field, do not match."""
    matches = field_filter('{ $.level = "ERROR" }')
    assert matches is not None
    assert not matches(line)
    assert matches('{"level": "\\u0045RROR"}')


@pytest.mark.parametrize("pattern", ["", "ERROR", '{ $.a = "b*" }', '{ $.a = "b" && $.c = "d" }'])
def test_other_patterns_are_left_to_the_emulator(pattern: str) -> None:
    """Only the equality of one field with a whole text is decided here."""
    assert field_filter(pattern) is None
