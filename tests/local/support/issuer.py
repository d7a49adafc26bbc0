"""An issuer of tokens on this machine, for JWT authorizers."""

from __future__ import annotations

import base64
import json
import threading
import time
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from types import TracebackType

_DISCOVERY = "/.well-known/openid-configuration"


def new_key() -> rsa.RSAPrivateKey:
    """A key to sign tokens with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """Signs tokens, and serves its public key on a loopback port within a `with` block."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self._key = new_key()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @cached_property
    def url(self) -> str:
        """The issuer's name and address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def token(self, *, key: rsa.RSAPrivateKey | None = None, **claims: Any) -> str:
        """Return a token for an hour; `key` is a foreign key, and claims of None are left out."""
        usual = {"iss": self.url, "sub": "jane", "aud": "orders", "exp": int(time.time()) + 3600}
        held = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        signed = f"{_part({'alg': 'RS256', 'kid': 'first', 'typ': 'JWT'})}.{_part(held)}"
        signature = (key or self._key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"

    def _documents(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "kid": "first",
            "alg": "RS256",
            "use": "sig",
            "n": _base64(numbers.n.to_bytes(256, "big")),
            "e": _base64(numbers.e.to_bytes(3, "big")),
        }
        return {
            _DISCOVERY: {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": [key]},
        }

    def _handler(self, *connection: Any) -> BaseHTTPRequestHandler:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.requests.append(self.path)
                body = json.dumps(issuer._documents()[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_parts: object) -> None:
                """Log nothing."""

        return Handler(*connection)


def _part(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
