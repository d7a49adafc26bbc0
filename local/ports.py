"""The three ports of `make local`: the embedded AWS, the storefront and the console."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.emulator.process import listen
from tooling.errors import UserError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_STOREFRONT, _CONSOLE = 1, 2
_ATTEMPTS = 100


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Listening sockets of this process's servers, and the port of the emulator's own process."""

    emulator: int
    storefront: socket.socket
    console: socket.socket


def url_of(listener: socket.socket) -> str:
    """Return the URL of a server that listens on a socket."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def claimed(first: int) -> Iterator[Ports]:
    """Listen on the two ports after the first one within the block.

    Args:
        first: The emulator's port, which is left to its own process; 0 for three free ones.

    Raises:
        UserError: a port is in use; names its server.
    """
    if first == 0:
        first = _first_of_three_free()
    with listen(first, "the embedded AWS"):
        pass  # its own process takes the port; an error here names its server
    with ExitStack() as sockets:
        listeners = {
            offset: sockets.enter_context(listen(first + offset, server))
            for offset, server in ((_STOREFRONT, "the storefront"), (_CONSOLE, "the console"))
        }
        yield Ports(emulator=first, storefront=listeners[_STOREFRONT], console=listeners[_CONSOLE])


def _first_of_three_free() -> int:
    """Return a port that is free, as are the two after it: between them a process may take one."""
    for _ in range(_ATTEMPTS):
        with ExitStack() as sockets, suppress(UserError, OverflowError):
            first: int = sockets.enter_context(listen(0)).getsockname()[1]
            for offset in (_STOREFRONT, _CONSOLE):
                sockets.enter_context(listen(first + offset))
            return first
    raise UserError("There are no three free ports in a row; choose one with PORT=<port>.")
