"""A local mail server with TLS and authentication, which records messages."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

SILENCE = "silence"
USER, PASSWORD = "shop", "correct horse battery staple"


@dataclass
class MailServer:
    """The recorded messages, and the replies to commands; `port` is on localhost."""

    port: int = 0
    recipients: list[list[str]] = field(default_factory=list)
    messages: list[EmailMessage] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    """Replies other than "250 OK", by command; an empty reply to QUIT closes the connection."""

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Accept a sender."""
        reply = self.replies.get("MAIL", "250 OK")
        if reply.startswith("2"):
            envelope.mail_from = address
        return reply

    async def handle_RCPT(  # noqa: N802 - as above
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Accept a recipient."""
        reply = self.replies.get("RCPT", "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        """Accept a message."""
        reply = self.replies.get("DATA", "250 OK")
        if reply.startswith("2"):
            self.recipients.append(envelope.rcpt_tos)
            self.raw.append(envelope.content)
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return reply

    async def handle_QUIT(self, server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - as above
        """Reply to QUIT."""
        reply = self.replies.get("QUIT", "221 Bye")
        if reply == SILENCE:
            await asyncio.sleep(30)
        if not reply:
            server.transport.close()
        return reply

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        """Check user and password."""
        assert isinstance(data, LoginPassword)
        self.users.append(data.login.decode())
        return AuthResult(
            success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False
        )


class _Verbatim(SMTP):
    """A server that keeps addresses unchanged; its base class decodes them."""

    def _getaddr(self, arg: str) -> tuple[str, str]:
        address, _, rest = arg.partition(" ")
        return address.removeprefix("<").removesuffix(">"), rest


class _AnyPort(Controller):
    """A controller with port 0: it reads the port that the system chose."""

    def factory(self) -> SMTP:
        """Return a server for a connection."""
        return _Verbatim(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def certificate_authority(path: Path) -> trustme.CA:
    """A new authority; its certificate is written to a file for SSL_CERT_FILE."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(path)
    return authority


@contextlib.contextmanager
def mail_server(authority: trustme.CA | None, *, host: str = "localhost") -> Iterator[MailServer]:
    """Run a server with STARTTLS and a certificate for a host; without authority, without TLS."""
    server = MailServer()
    options: dict[str, Any] = (
        {}
        if authority is None
        else {"tls_context": _context(authority, host), "require_starttls": True}
    )
    controller = _AnyPort(
        server,
        hostname="127.0.0.1",
        port=0,
        authenticator=server.authenticate,
        auth_required=authority is not None,
        auth_require_tls=authority is not None,
        **options,
    )
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        # A closing connection needs the event loop once more to release its socket.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), controller.loop).result()
        controller.stop()


def _context(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context
