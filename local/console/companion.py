"""Serves the console beside the deployed stack, and publishes what changes there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from local import ports
from local.console.access import stored_token
from local.console.app import create_app
from local.console.topics import Topics
from local.console.watcher import Watcher
from local.faults import Faults
from local.web_server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.companions import Session
    from local.monitoring.activity import Event

# Topics of what functions log, beside `orders`, which has every event.
_TOPICS = {"email": "mailbox", "audit": "audit"}


@contextmanager
def serve(session: Session) -> Iterator[str]:
    """Serve the console within the block, and yield what a user is shown about it."""
    topics = Topics()
    token = stored_token(session.running.folder)
    app = create_app(
        deployment=session.deployment,
        activity=session.activity,
        faults=lambda: Faults(session.outputs),
        token=token,
        topics=topics,
        alarms=session.alarms.statuses,
    )

    def publish(events: Sequence[Event]) -> None:
        topics.publish("orders", *{_TOPICS.get(event.function, "orders") for event in events})

    session.activity.subscribe(publish)
    with Watcher(app.state.console), serving(app, session.console):
        url = f"{ports.url_of(session.console)}/?token={token}"
        session.addresses["consoleUrl"] = url
        session.publish()
        yield f"\nThe console, for this user of the machine:\n\n{url}"
