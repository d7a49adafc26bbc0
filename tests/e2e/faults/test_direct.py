"""Each fault of each AWS call of a stack that stores orders at once.

`test_queued.py` has the same tests for the other ingestion. There are two files because each takes
minutes, and a test run gives each file to one process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.faults.support import cases
from tests.e2e.faults.support.rig import FaultRig, rig_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.emulator import Emulator
    from tests.e2e.faults.support.cases import FaultCase

_INGESTION = "direct"
_ALWAYS = (cases.RELAY, "access denied")


@pytest.fixture(scope="module")
def rig(emulator: Emulator) -> Iterator[FaultRig]:
    """A stack of its own."""
    with rig_on(emulator, _INGESTION) as running:
        yield running


@pytest.mark.parametrize("case", cases.parameters(cases.AT_API[_INGESTION]))
def test_a_refused_order_arrives_once_when_sent_again(rig: FaultRig, case: FaultCase) -> None:
    """An order that cannot be accepted is refused; sent again later, it arrives everywhere once."""
    cases.check_refused_then_stored(rig, case)


@pytest.mark.parametrize("case", cases.parameters(*cases.BEHIND_API[_INGESTION], always=_ALWAYS))
def test_an_accepted_order_arrives_once(rig: FaultRig, case: FaultCase) -> None:
    """Orders are accepted during a fault behind the API; after it, each is everywhere once."""
    cases.check_accepted_and_delivered(rig, case)
