"""The emulator's process: it serves until SIGTERM, or until its parent has ended."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING

import httpx

from local.emulator import server

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from local.emulator.guard import Receive, Scope, Send


async def _respond(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"reached"})


def test_serves_until_sigterm(tmp_path: Path) -> None:
    """Requests get responses, and SIGTERM ends the server and the functions' processes."""
    before, signals = signal.getsignal(signal.SIGTERM), list[int]()
    stdin, _parents_end = os.pipe()  # never closed: the parent lives

    async def use(url: str) -> int:
        descriptor = os.dup(listener.fileno())
        serving = asyncio.create_task(
            server.run(_respond, descriptor, tmp_path, stdin=stdin, signal_group=signals.append)
        )
        async with httpx.AsyncClient() as http:
            response = await http.get(url)
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
        return response.status_code

    with socket.create_server(("127.0.0.1", 0)) as listener:
        try:
            status = asyncio.run(use(f"http://127.0.0.1:{listener.getsockname()[1]}/"))
        finally:
            signal.signal(signal.SIGTERM, before)
    assert (status, signals, tmp_path.exists()) == (200, [signal.SIGTERM], True)


def test_the_key_is_the_pipes_first_line() -> None:
    """The root key is read from standard input, and nothing of what may follow it."""
    stdin, parents_end = os.pipe()
    os.write(parents_end, b'{"awsAccessKeyId": "AKIA", "awsSecretAccessKey": "secret"}\nrest')
    os.close(parents_end)
    key = server.read_key(stdin)
    assert (key.access_key_id, key.secret_access_key, os.read(stdin, 10)) == (
        "AKIA",
        "secret",
        b"rest",
    )
    os.close(stdin)


def test_an_orphan_stops_and_is_killed(tmp_path: Path) -> None:
    """When the parent's end of the pipe closes, the server is stopped, and later killed."""
    calls, signals = list[str](), list[int]()
    folder = tmp_path / "private"
    folder.mkdir()
    stdin, parents_end = os.pipe()
    thread = server.watch_parent(
        stdin, lambda: calls.append("stop"), folder, grace_seconds=0, signal_group=signals.append
    )
    os.write(parents_end, b"x")
    assert calls == []
    os.close(parents_end)
    thread.join(5)
    os.close(stdin)
    assert (calls, signals, folder.exists()) == (["stop"], [signal.SIGKILL], False)


def test_only_the_own_group_is_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started by hand in a shell's group, the server does not signal the shell."""
    signals: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda _group, number: signals.append(number))
    monkeypatch.setattr(os, "getpgrp", lambda: os.getpid() + 1)
    server.signal_own_group(signal.SIGTERM)
    assert signals == []
    monkeypatch.setattr(os, "getpgrp", os.getpid)
    server.signal_own_group(signal.SIGTERM)
    assert signals == [signal.SIGTERM]
