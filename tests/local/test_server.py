"""The emulator's own process: it serves, and stops when it is told or left alone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local import server

if TYPE_CHECKING:
    from pathlib import Path

    from local.guard import Receive, Scope, Send


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that would have gone to this process's whole group: pytest is in it, so none does."""
    sent: list[int] = []
    monkeypatch.setattr(server, "_signal_group", sent.append)
    monkeypatch.setattr(server, "STOP_GRACE_SECONDS", 0)
    return sent


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"reached"})


def test_serves_until_sigterm(
    signalled: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Requests are answered, and SIGTERM ends the server and the functions' processes."""
    monkeypatch.setattr(server, "watch_parent", lambda *_: None)
    before = signal.getsignal(signal.SIGTERM)

    async def use(url: str) -> int:
        serving = asyncio.create_task(server.run(_answer, os.dup(listener.fileno()), tmp_path))
        async with httpx.AsyncClient() as http:
            answer = await http.get(url)
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
        return answer.status_code

    with socket.create_server(("127.0.0.1", 0)) as listener:
        try:
            status = asyncio.run(use(f"http://127.0.0.1:{listener.getsockname()[1]}/"))
        finally:
            signal.signal(signal.SIGTERM, before)
    assert status == 200
    assert signalled == [signal.SIGTERM]
    assert tmp_path.exists()


def test_the_key_is_the_pipes_first_line() -> None:
    """The root key is read from standard input, and nothing of what may follow it."""
    ours, parents = os.pipe()
    os.write(parents, b'{"awsAccessKeyId": "AKIA", "awsSecretAccessKey": "secret"}\nrest')
    os.close(parents)
    key = server._read_key(ours)  # noqa: SLF001 (the whole process is the only other way in)
    assert (key.access_key_id, key.secret_access_key, os.read(ours, 10)) == (
        "AKIA",
        "secret",
        b"rest",
    )
    os.close(ours)


def test_an_orphan_stops_and_makes_sure_of_it(signalled: list[int], tmp_path: Path) -> None:
    """When the parent's end of the pipe closes the server is told to stop, and later made to."""
    told: list[Any] = []
    folder = tmp_path / "private"
    folder.mkdir()
    ours, parents = os.pipe()
    thread = server.watch_parent(ours, lambda: told.append("stop"), folder)
    os.write(parents, b"x")
    assert told == []
    os.close(parents)
    thread.join(5)
    os.close(ours)
    assert (told, signalled, folder.exists()) == (["stop"], [signal.SIGKILL], False)


def test_only_a_group_of_ones_own_is_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started by hand from a shell's group, the server leaves the shell alone."""
    sent: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda _group, number: sent.append(number))
    monkeypatch.setattr(os, "getpgrp", lambda: os.getpid() + 1)
    server._signal_group(signal.SIGTERM)  # noqa: SLF001 (too dangerous to show from the outside)
    assert sent == []
    monkeypatch.setattr(os, "getpgrp", os.getpid)
    server._signal_group(signal.SIGTERM)  # noqa: SLF001
    assert sent == [signal.SIGTERM]
