"""Serves an ASGI application on a listening socket, in a thread of this process."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator


@contextmanager
def serving(app: Any, listener: socket.socket) -> Iterator[None]:
    """Serve an ASGI application within the block, on a socket that stays the caller's."""
    stop = asyncio.Event()
    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]  # the server closes its own
    config.graceful_timeout = 0.2  # browsers hold streams of events open
    config.accesslog = None
    config.loglevel = "WARNING"
    # A factory, or the runner would give its loop to this thread.
    runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
    loop = runner.get_loop()
    loop.set_exception_handler(_report)

    def run() -> None:
        with runner:
            runner.run(serve(app, config, shutdown_trigger=stop.wait))

    thread = threading.Thread(target=run, name="web-server")
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of the event loop, but not that a connection was open at the end.

    asyncio logs that in Python 3.11 as a traceback, and not in later versions.
    """
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)
