"""The three ports of `make local`."""

from __future__ import annotations

import socket

import pytest

from local import ports
from tooling.errors import UserError


def _free() -> int:
    with ports.claimed(0) as claimed:
        return claimed.emulator


def test_ports_are_in_a_row() -> None:
    """The storefront and the console are at the two ports after the emulator's, also with 0."""
    for first in (0, _free()):
        with ports.claimed(first) as claimed:
            assert ports.url_of(claimed.storefront) == f"http://127.0.0.1:{claimed.emulator + 1}"
            assert ports.url_of(claimed.console) == f"http://127.0.0.1:{claimed.emulator + 2}"
            assert first in {0, claimed.emulator}


@pytest.mark.parametrize(
    ("offset", "server"), [(0, "the embedded AWS"), (1, "the storefront"), (2, "the console")]
)
def test_a_busy_port_is_named(offset: int, server: str) -> None:
    """The sentence names the port, its server and what to do, and no socket stays open."""
    first = _free()
    with (
        socket.create_server(("127.0.0.1", first + offset)),
        pytest.raises(UserError, match=rf"^port {first + offset}, for {server}, is already in use"),
        ports.claimed(first),
    ):
        pass
    with ports.claimed(first):
        pass
