"""The three ports of `make local`: the embedded AWS, the storefront and the console."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.process import listen

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_STOREFRONT, _CONSOLE = 1, 2


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
    """Listen on the two ports after the first one within the block; with 0, on free ones.

    Raises:
        UserError: a port is in use; names its server.
    """
    with ExitStack() as sockets:
        listeners = {
            offset: sockets.enter_context(listen(first and first + offset, server))
            for offset, server in ((_STOREFRONT, "the storefront"), (_CONSOLE, "the console"))
        }
        yield Ports(emulator=first, storefront=listeners[_STOREFRONT], console=listeners[_CONSOLE])
