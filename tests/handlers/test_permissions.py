"""The AWS calls of the functions' code are those of the table of permissions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore import handlers

from tests.support.deliveries import (
    a_queued_order,
    an_event,
    queue_batch,
    stream_batch,
    stream_record,
)
from tests.support.functions import HANDLERS
from tests.support.lookups import a_stored_order, get_order, get_orders, store
from tests.support.mail_server import PASSWORD, USER, certificate_authority, mail_server
from tests.support.mock_account import as_image
from tests.support.permissions import CODE
from tests.support.requests import an_order, http_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.mock_account import MockAccount


class _Calls:
    """Invokes a function, and records the operations that it calls, at import and later."""

    def __init__(self, account: MockAccount, function: str, **environment: str) -> None:
        self.account = account
        account.connection.calls.clear()
        self._handler = account.functions.load(function, environment)
        self.operations = set(account.operations)

    def of(self, *events: Any) -> None:
        """Invoke it with events; clients that it creates then are recorded as well."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                handlers,
                "BUILTIN_HANDLERS",
                [*handlers.BUILTIN_HANDLERS, *self.account.connection.hooks],
            )
            for event in events:
                self.account.invoke(self._handler, event)
                self.operations.update(self.account.operations)


def _requests(calls: _Calls) -> None:
    """A new order, the same again, another under its key, and one that is refused."""
    first, other = an_order(), an_order(customerName="John Doe")
    calls.of(
        *(
            http_request(body, headers={"Idempotency-Key": "one"})
            for body in (first, first, other, {})
        )
    )


def _queued(calls: _Calls) -> None:
    """A new order, the same again, another under its ID, and none."""
    calls.of(
        queue_batch(a_queued_order()),
        queue_batch(a_queued_order(), a_queued_order(fingerprint="e" * 64), "{}"),
    )


def _lookups(calls: _Calls) -> None:
    """A stored order, a missing one, and a customer's list."""
    store(calls.account, a_stored_order("A"))
    calls.of(
        *(get.through_http_api() for get in (get_order("A"), get_order("B"), get_orders("CUST-1")))
    )


def _stream(calls: _Calls) -> None:
    """A new order, a deleted one, and an empty batch."""
    new = stream_record(as_image(a_stored_order("A")))
    calls.of(stream_batch(new, stream_record({}, name="REMOVE")), stream_batch())


def _events(calls: _Calls) -> None:
    """An event, the same again, and none."""
    event = an_event()
    calls.of(queue_batch(event), queue_batch(event, "{}"))


def _confirmations(calls: _Calls) -> None:
    """An event, the same again, one without an address, and one whose email is refused."""
    _events(calls)
    calls.of(queue_batch(an_event(customerEmail=None)))
    with calls.account.connection.refusing("SendEmail", "MessageRejected"):
        calls.of(queue_batch(an_event()))


_PATHS: dict[str, Callable[[_Calls], None]] = {
    "orders": _requests,
    "intake": _requests,
    "processor": _queued,
    "lookup": _lookups,
    "relay": _stream,
    "audit": _events,
    "email": _confirmations,
}


def _allowed(function: str, *, without: str) -> set[str]:
    """The operations that a function's role allows, without one that its stack does not need."""
    return {each.operation for each in CODE if function in each.resources} - {without}


@pytest.mark.parametrize("function", HANDLERS)
def test_a_function_calls_what_its_role_allows(account: MockAccount, function: str) -> None:
    """A function makes every call that its role allows, and no other."""
    calls = _Calls(account, function)
    _PATHS[function](calls)
    assert calls.operations == _allowed(function, without="GetSecretValue")


def test_confirmations_by_smtp_call_what_their_role_allows(
    account: MockAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With SMTP the function reads the secret, and does not call SES."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    secrets = account.session.client("secretsmanager")
    value = json.dumps({"username": USER, "password": PASSWORD})
    arn = secrets.create_secret(Name="smtp-of-permissions", SecretString=value)["ARN"]
    environment = {"EMAIL_TRANSPORT": "smtp", "SMTP_HOST": "localhost", "SMTP_SECRET_ARN": arn}
    with mail_server(certificate_authority(tmp_path / "ca.pem")) as server:
        calls = _Calls(account, "email", SMTP_PORT=str(server.port), **environment)
        calls.of(queue_batch(an_event()))
    calls.of(queue_batch(an_event()))  # the server has stopped
    assert calls.operations == _allowed("email", without="SendEmail")
