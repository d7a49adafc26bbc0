"""AWS stops and starts again, as far as the emulator can show it, with orders in every place where they can be."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import pytest

from tests.e2e.faults.support.faults import spoilt, throttled
from tests.e2e.faults.support.injections import hang
from tests.e2e.faults.support.rig import Site, settled, site_of
from tests.e2e.faults.support.table import SEND_EMAIL
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.e2e.faults.support.faults import Fault

pytestmark = pytest.mark.thorough

# Places, and what holds orders there. They do not come by the first two unless they are queued.
_PLACES: Mapping[str, Mapping[str, Fault]] = {
    "in the order queue": {"processor": throttled},
    "in the processor": {"processor": spoilt("PutItem", hang)},
    "in the stream": {"relay": throttled},
    "in the relay": {"relay": spoilt("PublishBatch", hang)},
    "in the workflows' queues": {"email": throttled, "audit": throttled},
    "in the workflows": {"email": spoilt(SEND_EMAIL, hang), "audit": spoilt("PutItem", hang)},
}


_RESTARTS = [
    *(("direct", place) for place in list(_PLACES)[2:]),
    *(("queued", place) for place in _PLACES),
]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Site]]:
    """A stack for each way of ingestion, on emulators that keep their state."""
    with contextlib.ExitStack() as running:
        yield functools.cache(
            lambda ingestion: running.enter_context(
                site_of(ingestion, state_dir=tmp_path_factory.mktemp("state"))
            )
        )


@pytest.mark.parametrize(("ingestion", "place"), _RESTARTS)
def test_nothing_is_lost_or_doubled_by_a_restart(
    sites: Callable[[str], Site], ingestion: str, place: str
) -> None:
    """Wherever an order is when everything stops, it arrives everywhere once after the start, and so do new ones."""
    site = sites(ingestion)
    with contextlib.ExitStack() as held:
        shown = [
            held.enter_context(fault(site, function)) for function, fault in _PLACES[place].items()
        ]
        order_ids = [site.order() for _ in range(3)]
        eventually(lambda: all(probe() for probe in shown), f"orders {place}")
        site.stack.emulator.stop()
        site.stack.emulator.start()
    order_ids.append(site.order())
    assert settled(site, order_ids).mismatches(order_ids) == []
