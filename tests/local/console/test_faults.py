"""The page "Faults": what it injects, removes and shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.faults import Fault
from orderctl import workflow

if TYPE_CHECKING:
    from tests.local.console.support import Browser, FakeFaults
    from tests.orderctl.support.operator import OperatorStack


def test_every_hop_can_have_a_fault(browser: Browser, faults: FakeFaults) -> None:
    """Each function and each service that it calls has a form."""
    page = browser.get("/faults").text
    for hop in faults.known:
        assert f'aria-label="Inject at {hop}"' in page


@pytest.mark.parametrize(
    ("fields", "fault", "words"),
    [
        ({"effect": "refuse"}, Fault(hop="email:ses", effect="refuse"), "email:ses refuse"),
        (
            {"effect": "delay", "seconds": "7"},
            Fault(hop="email:ses", effect="delay", seconds=7),
            "email:ses delay 7 s",
        ),
        # The form always has the seconds, which only a delay uses.
        (
            {"effect": "crash", "seconds": "5"},
            Fault(hop="email:ses", effect="crash"),
            "email:ses crash",
        ),
    ],
)
def test_a_fault_is_injected_and_removed(
    browser: Browser, faults: FakeFaults, fields: dict[str, str], fault: Fault, words: str
) -> None:
    """An injected fault is shown on every page, until it is removed."""
    assert f"Injected: {words}." in browser.post("/faults/inject", hop="email:ses", **fields).text
    assert faults.active() == [fault]
    assert words in browser.get("/orders").text
    assert "Remove the fault at email:ses" in browser.get("/faults").text
    assert "Removed" in browser.post("/faults/remove", hop="email:ses").text
    assert faults.active() == []
    assert words not in browser.get("/orders").text


def test_a_workflow_is_paused_and_resumed(browser: Browser, operator: OperatorStack) -> None:
    """The button pauses the workflow alone; the page shows its state and how it is resumed."""
    with operator.event_source_mappings():
        page = browser.post("/faults/workflows/email/pause").text
        assert "email is paused: messages wait in the queue" in page
        assert workflow.states(operator.stack) == {
            "audit": "enabled",
            "email": "paused",
            "relay": "enabled",
        }
        assert 'aria-label="Resume email"' in page
        assert 'aria-label="Pause audit"' in page
        assert "email is enabled." in browser.post("/faults/workflows/email/resume").text
        assert set(workflow.states(operator.stack).values()) == {"enabled"}


def test_no_other_workflow_is_changed(browser: Browser, operator: OperatorStack) -> None:
    """An unknown workflow is a sentence, and an unknown action is not there."""
    with operator.event_source_mappings():
        page = browser.post("/faults/workflows/shop/pause").text
        assert "Nothing was changed: Unknown workflow" in page
        assert browser.post("/faults/workflows/email/delete").status_code == 404
        assert set(workflow.states(operator.stack).values()) == {"enabled"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"hop": "shop", "effect": "refuse"}, "The stack has no hop"),
        ({"hop": "email", "effect": "explode"}, "is no effect; use refuse, delay, crash."),
        ({"hop": "email", "effect": "delay", "seconds": "61"}, "A delay has 1 to 60 seconds"),
        ({"hop": "email", "effect": "delay", "seconds": "1.5"}, "A delay has 1 to 60 whole"),
        ({}, "is no effect"),
    ],
)
def test_no_other_fault_is_injected(
    browser: Browser, faults: FakeFaults, fields: dict[str, str], words: str
) -> None:
    """A fault that cannot be is refused with a sentence that says what can be."""
    page = browser.post("/faults/inject", **fields).text
    assert "No fault was injected:" in page
    assert words in page
    assert faults.active() == []
