"""The page "Faults": what it injects, takes back and shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.faults import Fault

if TYPE_CHECKING:
    from tests.local.console.support import Browser, FakeFaults


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
def test_a_fault_is_injected_and_taken_back(
    browser: Browser, faults: FakeFaults, fields: dict[str, str], fault: Fault, words: str
) -> None:
    """An injected fault is shown on every page, until it is taken back."""
    assert f"Injected: {words}." in browser.post("/faults/inject", hop="email:ses", **fields).text
    assert faults.active() == [fault]
    assert words in browser.get("/orders").text
    assert "Take back the fault at email:ses" in browser.get("/faults").text
    assert "Taken back" in browser.post("/faults/remove", hop="email:ses").text
    assert faults.active() == []
    assert words not in browser.get("/orders").text


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
