"""What runs beside the deployed stack until Ctrl-C: servers, followers of logs, the watcher."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from local.activity import Activity
    from local.deployment import Deployment
    from local.terminal import Terminal
    from tooling.running import RunningStack


@dataclass(frozen=True, kw_only=True)
class Session:
    """What the companions of one `make local` share.

    The sockets listen already, so that nobody takes their ports while the stack is deployed. There
    is no terminal where the user wants no lines.
    """

    deployment: Deployment
    activity: Activity
    running: RunningStack
    storefront: socket.socket
    console: socket.socket
    terminal: Terminal | None


# Entered after the deployment, in this order, and left in the opposite one; yields what the user
# of the stack is shown about it, such as a URL, or "".
Companion: TypeAlias = Callable[[Session], AbstractContextManager[str]]


@contextmanager
def _activity(session: Session) -> Iterator[str]:
    """Follow the functions' logs, and print what they say."""
    if session.terminal is not None:
        session.activity.subscribe(session.terminal.show_events)
    session.activity.start()
    try:
        yield ""
    finally:
        session.activity.stop()


def _console(session: Session) -> AbstractContextManager[str]:
    """Serve the console."""
    from local.console import companion  # noqa: PLC0415 (other commands do without its libraries)

    return companion.serve(session)


COMPANIONS: tuple[Companion, ...] = (_activity, _console)
