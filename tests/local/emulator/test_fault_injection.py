"""Faults of AWS calls, between the guard and the emulator."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from local.emulator.fault_injection import FaultInjector, FaultTable, Hop, Injection
from local.emulator.guard import Guard, read_body
from local.emulator.signatures import Verifier
from tooling.signing import AccessKey, SignatureAuth

if TYPE_CHECKING:
    from local.emulator.guard import Message, Receive, Scope, Send

_FUNCTIONS_KEY = AccessKey(access_key_id="ASIAFUNCTION", secret_access_key="of-a-function")


class _Process:
    """A process of the function `mail`, in place of the emulator's."""

    func_name = "mail"
    ended = False

    def end(self) -> None:
        self.ended = True


class _Aws:
    """The emulator: counts the calls that it carries out, behind the faults of a table."""

    def __init__(self) -> None:
        self.calls = 0
        self.table = FaultTable()
        self.process = _Process()
        environments = {_FUNCTIONS_KEY.access_key_id: self.process}
        verifier = Verifier(AccessKey.generate(), lambda *_: _FUNCTIONS_KEY.secret_access_key)
        self.app = Guard(
            FaultInjector(self._carry_out, self.table, environments.get), verifier, lambda _: False
        )

    async def _carry_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        assert (await receive())["body"] == b"order"
        self.calls += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    async def call(self, service: str, *, leaves: bool = False) -> httpx.Response:
        """Call a service as the function, which may not wait for the response."""
        auth = SignatureAuth(_FUNCTIONS_KEY, service)
        transport = httpx.ASGITransport(self._leave if leaves else self.app)
        async with httpx.AsyncClient(transport=transport, auth=auth) as http:
            return await http.post("http://127.0.0.1:4566/", content=b"order")

    async def _leave(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages = iter((await read_body(receive))[0])

        async def next_message() -> Message:
            return next(messages, {"type": "http.disconnect"})

        await self.app(scope, next_message, send)


def test_only_the_calls_of_the_hop_are_refused() -> None:
    """The function's calls of other services go on."""
    aws = _Aws()
    aws.table.put(Hop("mail", "ses"), Injection("refuse", 0))
    responses = [asyncio.run(aws.call(service)) for service in ("ses", "dynamodb")]
    assert [response.status_code for response in responses] == [429, 200]
    assert aws.calls == 1


def test_removing_a_delay_ends_it() -> None:
    """A call that is delayed by a minute is carried out as soon as the fault is removed."""
    aws, hop = _Aws(), Hop("mail", "ses")
    aws.table.put(hop, Injection("delay", 60))
    removal = threading.Timer(0.3, aws.table.remove, [hop])
    removal.start()
    start = time.monotonic()
    assert asyncio.run(aws.call("ses")).text == "done"
    assert time.monotonic() - start < 10


def test_a_crash_follows_what_the_service_has_done() -> None:
    """The service carries the call out; then the process is killed, and gets no response."""
    aws = _Aws()
    aws.table.put(Hop("mail", "ses"), Injection("crash", 0))
    with pytest.raises(AssertionError):  # httpx asserts that there is a response
        asyncio.run(aws.call("ses"))
    assert (aws.calls, aws.process.ended) == (1, True)


def test_a_call_that_nobody_waits_for_is_not_carried_out() -> None:
    """A delay beyond the function's timeout is a timeout, and no email that nobody knows of."""
    aws = _Aws()
    aws.table.put(Hop("mail", "ses"), Injection("delay", 60))
    with pytest.raises(AssertionError):  # as above
        asyncio.run(aws.call("ses", leaves=True))
    assert aws.calls == 0
