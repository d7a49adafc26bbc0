"""What runs beside the deployed stack until Ctrl-C: servers, followers of logs, the watcher."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.console import Console

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from local.deployment.deployment import Deployment
    from local.monitoring.activity import Activity
    from local.monitoring.alarms import Alarms
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
    alarms: Alarms
    running: RunningStack
    storefront: socket.socket
    console: socket.socket
    terminal: Terminal | None
    output: Console = field(default_factory=Console)
    """Where lines are printed."""
    addresses: dict[str, str] = field(default_factory=dict)
    """What companions add to the outputs, such as the console's URL."""

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, and the connection to the emulator."""
        connection = self.deployment.emulator.connection
        return {**self.deployment.outputs, **connection, **self.addresses}

    def publish(self) -> None:
        """Write the outputs for commands in other terminals."""
        self.running.publish(self.outputs)


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


@contextmanager
def _alarms(session: Session) -> Iterator[str]:
    """Evaluate the alarms, and print what changes and which messages become dead letters."""
    if session.terminal is not None:
        session.alarms.subscribe(session.terminal.show_alarms)
        session.alarms.depths.subscribe_to_dead_letters(session.terminal.show_dead_letters)
    session.activity.subscribe_to_invocations(session.alarms.metrics.take)
    session.alarms.start()
    try:
        yield ""
    finally:
        session.alarms.stop()


def _storefront(session: Session) -> AbstractContextManager[str]:
    """Serve the storefront."""
    from local import storefront  # noqa: PLC0415 (other commands do without its libraries)

    return storefront.serve(session)


def _console(session: Session) -> AbstractContextManager[str]:
    """Serve the console."""
    from local.console import companion  # noqa: PLC0415 (other commands do without its libraries)

    return companion.serve(session)


@contextmanager
def _watcher(session: Session) -> Iterator[str]:
    """Deploy what is saved."""
    from local.deployment.watch import watching  # noqa: PLC0415 (as above)

    with watching(session.deployment, session.output, session.publish):
        yield ""


COMPANIONS: tuple[Companion, ...] = (_alarms, _activity, _storefront, _console, _watcher)
