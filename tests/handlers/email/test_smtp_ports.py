"""Implicit TLS or STARTTLS, by the port of a mail server."""

from __future__ import annotations

import smtplib
from typing import Any, NoReturn

import pytest

from handlers.email.message import Message
from handlers.email.transport import SmtpTransport


class _ConnectedError(Exception):
    """Ends a send as soon as the kind of connection is known."""


def _connection(kind: str) -> Any:
    def connect(*_arguments: object, **_options: object) -> NoReturn:
        raise _ConnectedError(kind)

    return connect


@pytest.mark.parametrize(
    ("port", "kind"),
    [
        (465, "implicit"),
        (2465, "implicit"),
        (587, "STARTTLS"),
        (2587, "STARTTLS"),
        (2525, "STARTTLS"),
    ],
)
def test_tls_depends_on_the_port(port: int, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS is implicit on 465 and 2465; every other port uses STARTTLS."""
    monkeypatch.setattr(smtplib, "SMTP_SSL", _connection("implicit"))
    monkeypatch.setattr(smtplib, "SMTP", _connection("STARTTLS"))
    transport = SmtpTransport(
        sender="a@shop.net", host="smtp.shop.net", port=port, credentials=dict
    )
    with pytest.raises(_ConnectedError, match=kind):
        transport.send(Message(recipient="b@shop.net", subject="", text="", html="", key="k"))
