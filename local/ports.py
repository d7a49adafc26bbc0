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

_ATTEMPTS = 100


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Listening sockets, of which the emulator's process gets its own."""

    emulator: socket.socket
    storefront: socket.socket
    console: socket.socket


def url_of(listener: socket.socket) -> str:
    """Return the URL of a server that listens on a socket."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def claimed(first: int) -> Iterator[Ports]:
    """Listen on three ports within the block, so that no other process takes one meanwhile.

    Args:
        first: The emulator's port; 0 for three free ones.

    Raises:
        UserError: a port is in use; names its server.
    """
    ports = _listening(first) if first else _listening_anywhere()
    with ports.emulator, ports.storefront, ports.console:
        yield ports


def _listening(first: int) -> Ports:
    """Return sockets that listen on a port, 0 for any, and on the two after it."""
    with ExitStack() as sockets:
        emulator = sockets.enter_context(listen(first, "the embedded AWS"))
        number = emulator.getsockname()[1]
        storefront = sockets.enter_context(listen(number + 1, "the storefront"))
        console = sockets.enter_context(listen(number + 2, "the console"))
        sockets.pop_all()  # whoever gets them closes them
    return Ports(emulator=emulator, storefront=storefront, console=console)


def _listening_anywhere() -> Ports:
    """Return sockets that listen on three free ports: between them a process may have one."""
    for _ in range(_ATTEMPTS):
        with suppress(UserError, OverflowError):
            return _listening(0)
    raise UserError("There are no three free ports in a row; choose one with PORT=<port>.")
