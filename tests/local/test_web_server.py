"""The web server of the order form and the console."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from local.emulator.process import listen
from local.web_server import serving

if TYPE_CHECKING:
    import pytest


async def _stream(_scope: Any, receive: Any, send: Any) -> None:
    """Respond without an end, as a stream of events does."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


def test_a_browser_may_be_open_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """The end with open streams is in time, and logs no traceback."""
    with listen(0) as listener, serving(_stream, listener):
        address = listener.getsockname()
        browsers = [socket.create_connection(address) for _ in range(3)]
        for browser in browsers:
            browser.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert browser.recv(1000).startswith(b"HTTP/1.1 200")
    for browser in browsers:
        browser.close()
    assert [each.message for each in caplog.records if each.name == "asyncio"] == []
