"""One fault after another, at every hop of a stack that queues orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.faults.support.endurance import goes_on_and_recovers, refuses_and_recovers
from tests.e2e.faults.support.rig import Site, site_on
from tests.e2e.faults.support.table import BEHIND, FRONTS, PROCESSOR, Trouble, troubles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator import Emulator

# All but this one run by `make thorough`.
_ALWAYS = (PROCESSOR, "dies before")


@pytest.fixture(scope="module")
def site(emulator: Emulator) -> Iterator[Site]:
    """A stack of its own."""
    with site_on(emulator, "queued") as running:
        yield running


@pytest.mark.thorough
@pytest.mark.parametrize("trouble", troubles(FRONTS["queued"]), ids=lambda trouble: trouble.name)
def test_what_cannot_be_queued_is_refused_and_arrives_once_when_it_comes_again(
    site: Site, trouble: Trouble
) -> None:
    """Whatever keeps an order from being queued, its client is told; sent again later it arrives everywhere once."""
    refuses_and_recovers(site, trouble)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(trouble, marks=() if (hop, trouble.kind) == _ALWAYS else pytest.mark.thorough)
        for hop in BEHIND["queued"]
        for trouble in troubles(hop)
    ],
    ids=lambda trouble: trouble.name,
)
def test_nothing_is_lost_or_doubled_behind_the_order_queue(site: Site, trouble: Trouble) -> None:
    """Whatever goes wrong behind the intake, orders are accepted, and after the repair each is everywhere once."""
    goes_on_and_recovers(site, trouble)
