"""The three ports of `make local`."""

from __future__ import annotations

import socket

import pytest

from local import ports
from local.emulator.emulator import Emulator
from local.emulator.process import listen
from tooling.errors import UserError


def _number(listener: socket.socket) -> int:
    number: int = listener.getsockname()[1]
    return number


def _free() -> int:
    with ports.claimed(0) as claimed:
        return _number(claimed.emulator)


def test_ports_are_in_a_row() -> None:
    """The storefront and the console are at the two ports after the emulator's, also with 0."""
    for first in (0, _free()):
        with ports.claimed(first) as claimed:
            emulator = _number(claimed.emulator)
            assert ports.url_of(claimed.storefront) == f"http://127.0.0.1:{emulator + 1}"
            assert ports.url_of(claimed.console) == f"http://127.0.0.1:{emulator + 2}"
            assert first in {0, emulator}


def test_no_port_is_free_until_its_server_runs() -> None:
    """Between the choice of the ports and the start of their servers no process can take one."""
    with ports.claimed(0) as claimed:
        for listener in (claimed.emulator, claimed.storefront, claimed.console):
            with pytest.raises(UserError, match="already in use"):
                listen(_number(listener))
        with Emulator(listener=claimed.emulator) as emulator:
            assert emulator.client("sts").get_caller_identity()["Account"] == "000000000000"


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
