"""Topics of server-sent events: report to browsers which parts of the stack have changed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

# A browser gets changes at most this often: 1000 orders are not 1000 updates of a page.
_INTERVAL_SECONDS = 0.5
# After its last change a topic is sent again: what a page has read may have been older. The second
# time is for a busy machine, where a reading, and what is kept of it (`Snapshot`), may be slower.
_ECHO_SECONDS: Final = (2.0, 10.0)


class Topics:
    """Passes the names of changed topics from any thread to every browser that listens."""

    def __init__(
        self,
        interval_seconds: float = _INTERVAL_SECONDS,
        echo_seconds: Sequence[float] = _ECHO_SECONDS,
    ) -> None:
        self._interval_seconds = interval_seconds
        self._echo_seconds = echo_seconds
        self._listeners: set[_Listener] = set()

    @property
    def has_listeners(self) -> bool:
        """Whether a browser listens."""
        return bool(self._listeners)

    def publish(self, *topics: str) -> None:
        """Report that something about these topics has changed; callable from any thread."""
        if topics:
            for listener in tuple(self._listeners):
                listener.add(topics)

    async def changes(self) -> AsyncGenerator[list[str]]:
        """Yield an empty list once it listens, then the topics that have changed since the last."""
        listener = _Listener(self._echo_seconds)
        self._listeners.add(listener)
        try:
            yield []
            while True:
                yield await listener.take()
                await asyncio.sleep(self._interval_seconds)
        finally:
            self._listeners.discard(listener)


class _Listener:
    """The topics that one browser has not received yet."""

    def __init__(self, echo_seconds: Sequence[float]) -> None:
        self._echo_seconds = echo_seconds
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._topics: set[str] = set()
        self._echo: set[str] = set()
        self._echoes = 0

    def add(self, topics: tuple[str, ...]) -> None:
        with suppress(RuntimeError):  # the server has ended, and with it the loop
            self._loop.call_soon_threadsafe(self._add, topics)

    def _add(self, topics: tuple[str, ...]) -> None:
        self._topics.update(topics)
        self._changed.set()

    async def take(self) -> list[str]:
        try:
            async with asyncio.timeout(self._echo_seconds[self._echoes] if self._echo else None):
                await self._changed.wait()
        except TimeoutError:
            topics = self._echo
            self._echoes += 1
            if self._echoes == len(self._echo_seconds):
                self._echo = set()
        else:
            self._changed.clear()
            topics, self._topics = self._topics, set()
            self._echo, self._echoes = self._echo | topics, 0
        return sorted(topics)
