"""AWS stops and starts again, as far as the emulator can show it, with orders in every place."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import pytest

from tests.e2e.faults.support.cases import SEND_EMAIL
from tests.e2e.faults.support.faults import inject, throttle
from tests.e2e.faults.support.proxy import hang
from tests.e2e.faults.support.rig import FaultRig, rig_with_emulator
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.e2e.faults.support.faults import Fault

pytestmark = pytest.mark.thorough

# Places, and the faults that keep orders there; the first two exist where orders are queued.
_PLACES: Mapping[str, Mapping[str, Fault]] = {
    "in the order queue": {"processor": throttle},
    "in the processor": {"processor": inject("PutItem", hang)},
    "in the stream": {"relay": throttle},
    "in the relay": {"relay": inject("PublishBatch", hang)},
    "in the workflows' queues": {"email": throttle, "audit": throttle},
    "in the workflows": {
        "email": inject(SEND_EMAIL, hang),
        "audit": inject("BatchExecuteStatement", hang),
    },
}
_RESTARTS = [
    *(("direct", place) for place in list(_PLACES)[2:]),
    *(("queued", place) for place in _PLACES),
]


@pytest.fixture(scope="module")
def rigs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], FaultRig]]:
    """A stack for each ingestion, on emulators that keep their state."""
    with contextlib.ExitStack() as running:

        @functools.cache
        def rig(ingestion: str) -> FaultRig:
            state_dir = tmp_path_factory.mktemp("state")
            return running.enter_context(rig_with_emulator(ingestion, state_dir=state_dir))

        yield rig


@pytest.mark.parametrize(("ingestion", "place"), _RESTARTS)
def test_a_restart_loses_and_doubles_nothing(
    rigs: Callable[[str], FaultRig], ingestion: str, place: str
) -> None:
    """Wherever an order is when AWS stops, it arrives everywhere once after the start."""
    rig = rigs(ingestion)
    with contextlib.ExitStack() as faults:
        had_effect = [
            faults.enter_context(fault(rig, function)) for function, fault in _PLACES[place].items()
        ]
        order_ids = [rig.order() for _ in range(3)]
        eventually(lambda: all(effect() for effect in had_effect), f"orders {place}")
        rig.stack.emulator.stop()
        rig.stack.emulator.start()
    order_ids.append(rig.order())
    assert rig.wait_until_quiet(order_ids).mismatches(order_ids) == []
