"""Topics of server-sent events, and the watcher that publishes some of them."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from local.console.app import create_app
from local.console.topics import Topics
from local.console.watcher import Watcher
from local.faults import Fault
from tests.local.console.canned import CannedAws, deployed
from tests.local.console.support import ORIGIN, TOKEN, FakeActivity, FakeFaults
from tests.support.stacks import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette


def _received(topics: Topics, publish: Callable[[], object], count: int) -> list[list[str]]:
    """The messages that a browser gets when another thread publishes."""

    async def listen() -> list[list[str]]:
        changes = topics.changes()
        messages = [await anext(changes)]
        thread = threading.Thread(target=publish)
        thread.start()
        thread.join()
        async with asyncio.timeout(60):
            messages += [await anext(changes) for _ in range(count)]
        await changes.aclose()
        return messages

    return asyncio.run(listen())


def test_a_browser_gets_what_another_thread_publishes() -> None:
    """The first message is empty, the next one has every topic that was published since."""
    topics = Topics(interval_seconds=0)

    def publish() -> None:
        topics.publish("queues", "orders")
        topics.publish("orders")

    assert _received(topics, publish, 1) == [[], ["orders", "queues"]]


def test_a_thousand_changes_are_one_message() -> None:
    """What is published between two messages is in the second one, once."""
    topics = Topics(interval_seconds=0.05)

    def publish() -> None:
        for number in range(1000):
            topics.publish("orders" if number % 2 else "queues")

    assert _received(topics, publish, 1) == [[], ["orders", "queues"]]


def test_a_topic_is_sent_again() -> None:
    """A page that was read just before a change is complete has two more chances, and no third."""
    topics = Topics(interval_seconds=0, echo_seconds=(0.05, 0.1))
    threading.Timer(0.5, topics.publish, ["queues"]).start()
    messages = _received(topics, lambda: topics.publish("orders"), 4)
    assert messages == [[], *[["orders"]] * 3, ["queues"]]


def test_a_browser_that_leaves_is_forgotten() -> None:
    """Nothing is kept for a browser that has gone."""
    topics = Topics(interval_seconds=0)
    assert not topics.has_listeners
    _received(topics, lambda: topics.publish("orders"), 1)
    assert not topics.has_listeners
    topics.publish("orders")


def _app(**options: Any) -> Starlette:
    arguments: dict[str, Any] = {"activity": FakeActivity(), "faults": FakeFaults(), **options}
    return create_app(token=TOKEN, **arguments)


def test_the_watcher_publishes_what_has_changed() -> None:
    """Queues, alarms, faults, paused workflows, problems and deployments have their topics."""
    aws, faults = CannedAws(alarms={"one": "OK"}), FakeFaults()
    deployment = deployed(SHIPPED["local"], aws)
    watcher = Watcher(_app(deployment=deployment, faults=faults).state.console)
    watcher.look()
    assert watcher.look() == []
    aws.messages["local-email"] = 1
    assert watcher.look() == ["queues"]
    aws.alarms["one"] = "ALARM"
    assert watcher.look() == ["alarms"]
    faults.inject(Fault(hop="email", effect="crash"))
    assert watcher.look() == ["faults"]
    aws.mappings.append({"UUID": "1", "State": "Disabled"})
    assert watcher.look() == ["faults"]
    deployment.problem = "handlers/email/handler.py:3: SyntaxError"
    deployment.resources = tuple(deployment.resources)[1:]
    assert watcher.look() == ["problem", "graph"]
    assert watcher.look() == []


def test_the_first_reading_publishes_everything() -> None:
    """What changes after the first browser has read it, and before the watcher, is published."""
    console = _app(deployment=deployed(SHIPPED["local"], CannedAws())).state.console
    everything = ["problem", "graph", "queues", "alarms", "faults"]
    assert Watcher(console).look() == everything


def test_the_stream_is_of_events() -> None:
    """`/events` starts with an empty message, and then has the topics as text."""
    topics = Topics(interval_seconds=0)
    app = _app(deployment=deployed(SHIPPED["local"], CannedAws()), topics=topics)
    sent: list[bytes] = []
    complete = asyncio.Event()

    async def receive() -> Any:
        await complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sent.append(message["body"])
            topics.publish("orders")
            if b"orders" in message["body"]:
                complete.set()

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/events",
        "query_string": b"",
        "server": ("127.0.0.1", 4568),
        "headers": [
            (b"host", ORIGIN.removeprefix("http://").encode()),
            (b"cookie", f"console-4568={TOKEN}".encode()),
        ],
    }
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 60))
    events = b"".join(sent).replace(b"\r\n", b"\n")
    assert events.startswith(b"data: \n\ndata: orders\n\n")
