"""One fault after another, at every hop of a stack that stores orders at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.faults.support.endurance import goes_on_and_recovers, refuses_and_recovers
from tests.e2e.faults.support.rig import Site, site_on
from tests.e2e.faults.support.table import BEHIND, FRONTS, RELAY, Trouble, troubles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator import Emulator

# All but this one run by `make thorough`.
_ALWAYS = (RELAY, "may not")


@pytest.fixture(scope="module")
def site(emulator: Emulator) -> Iterator[Site]:
    """A stack of its own."""
    with site_on(emulator, "direct") as running:
        yield running


@pytest.mark.thorough
@pytest.mark.parametrize("trouble", troubles(FRONTS["direct"]), ids=lambda trouble: trouble.name)
def test_what_cannot_be_stored_is_refused_and_arrives_once_when_it_comes_again(
    site: Site, trouble: Trouble
) -> None:
    """Whatever keeps an order from being stored, its client is told; sent again later it arrives everywhere once."""
    refuses_and_recovers(site, trouble)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(trouble, marks=() if (hop, trouble.kind) == _ALWAYS else pytest.mark.thorough)
        for hop in BEHIND["direct"]
        for trouble in troubles(hop)
    ],
    ids=lambda trouble: trouble.name,
)
def test_nothing_is_lost_or_doubled_behind_the_table(site: Site, trouble: Trouble) -> None:
    """Whatever goes wrong behind the table, orders are accepted, and after the repair each is everywhere once."""
    goes_on_and_recovers(site, trouble)
