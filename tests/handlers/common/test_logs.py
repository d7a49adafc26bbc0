"""Log lines: their fields, levels and traces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from handlers.common.logs import Logger

if TYPE_CHECKING:
    from collections.abc import Callable

_TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture
def written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], list[dict[str, Any]]]:
    """Return the lines since the last call; the level is INFO."""
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_is_compact(written: Callable[[], list[dict[str, Any]]]) -> None:
    """A line has the fields of its logger in their order, without those that are None."""
    logger = Logger("orders").bind(requestId="req-1", orderId=None)
    logger.info("Order stored", customerId=None, bodyBytes=7)

    (line,) = written()
    assert list(line) == ["timestamp", "level", "component", "message", "requestId", "bodyBytes"]
    assert list(line.values())[1:] == ["INFO", "orders", "Order stored", "req-1", 7]


def test_spaces_cost_nothing(
    written: Callable[[], list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A line has no spaces between its fields."""
    Logger("orders").info("Stored", errors=[{"a": 1, "b": 2}])
    assert " " not in capsys.readouterr().out
    assert written() == []


def test_details_are_for_warnings_and_errors(
    written: Callable[[], list[dict[str, Any]]],
) -> None:
    """Details are in the lines of warnings and errors, and not in that of a success."""
    logger = Logger("email").bind(requestId="req-1", details={"messageId": "m-1"})
    bound = logger.bind(orderId="A-1", details={"customerId": "C-1"})
    bound.info("Confirmation sent")
    bound.warning("Recipient rejected")
    bound.error("Message could not be processed")

    success, *problems = written()
    assert success.keys() & {"requestId", "orderId", "messageId", "customerId"} == {
        "requestId",
        "orderId",
    }
    for problem in problems:
        assert (problem["messageId"], problem["customerId"]) == ("m-1", "C-1")


def test_bound_fields_are_of_one_message(written: Callable[[], list[dict[str, Any]]]) -> None:
    """Fields of a request or message are in no line about another."""
    component = Logger("orders")
    first, second = component.bind(requestId="req-1"), component.bind(requestId="req-2")
    first.add(orderId="A-1")
    for logger in (first, second, component):
        logger.info("Stored")

    assert [(line.get("requestId"), line.get("orderId")) for line in written()] == [
        ("req-1", "A-1"),
        ("req-2", None),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("level", "levels"),
    [
        ("DEBUG", ["INFO", "WARNING", "ERROR"]),
        ("INFO", ["INFO", "WARNING", "ERROR"]),
        ("WARNING", ["WARNING", "ERROR"]),
        ("ERROR", ["ERROR"]),
    ],
)
def test_the_level_is_the_lowest_that_is_written(
    written: Callable[[], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    level: str,
    levels: list[str],
) -> None:
    """LOG_LEVEL is the lowest level that is written."""
    monkeypatch.setenv("LOG_LEVEL", level)
    logger = Logger("orders")
    logger.info("a")
    logger.warning("b")
    logger.error("c")

    assert [line["level"] for line in written()] == levels


def test_an_exception_has_name_traceback_and_causes(
    written: Callable[[], list[dict[str, Any]]],
) -> None:
    """An exception is logged with its name, its causes and notes, and masked addresses."""
    address = "jane.roe@example.com"
    error = ValueError("no order")
    error.add_note(address)
    try:
        raise error from KeyError(address)
    except ValueError:
        Logger("audit").exception("Message is not %s", "an order")

    (line,) = written()
    assert (line["message"], line["exception_name"]) == ("Message is not an order", "ValueError")
    assert "Traceback (most recent call last):\n" in line["exception"]
    assert line["exception"].endswith("\nValueError: no order\nj***@example.com")
    assert "KeyError: 'j***@example.com'" in line["exception"]


@pytest.mark.parametrize(
    ("header", "trace_id"),
    [
        (f"Root={_TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1", _TRACE_ID),
        (f"Root={_TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=0", None),
        (f"Root={_TRACE_ID}", None),
        ("", None),
    ],
)
def test_lines_of_a_recorded_trace_name_it(
    written: Callable[[], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    header: str,
    trace_id: str | None,
) -> None:
    """Lines have the trace's ID where X-Ray records the invocation."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    Logger("orders").info("Order stored")

    assert written()[0].get("xray_trace_id") == trace_id


def test_any_text_can_be_written(written: Callable[[], list[dict[str, Any]]]) -> None:
    """No text breaks a line: lone surrogates are escaped, other values become text."""
    Logger("relay").info("\ud800 \n é", value={"a"}, nested={"b": (1, None)})

    (line,) = written()
    assert line["message"] == "\ud800 \n é"
    assert (line["value"], line["nested"]) == ("{'a'}", {"b": [1, None]})
