"""A fake OpenID Connect provider: authorization code with PKCE, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.web.support.server import Reply, Request

CLIENT_ID: Final = "order-form"
ACCESS_TOKEN: Final = "access-token"
_CODE: Final = "code-1"
_PATIENCE_SECONDS: Final = 60


@dataclass
class Issuer:
    """The provider; its page signs a customer in without asking."""

    origin: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims of the ID token that differ from the right ones."""

    error: str | None = None
    """The error that the page reports instead of a code."""

    expires_in: int | None = 3600
    """The lifetime of tokens; None if the issuer does not state it."""

    state: str | None = None
    """What the page returns instead of the request's state."""

    name: str | None = None
    """The issuer in the discovery document, if it is not the right one."""

    has_id_token: bool = True
    is_configured: bool = True
    resumed: threading.Event = field(default_factory=threading.Event)
    """Responses wait for it."""

    authorizations: list[dict[str, str]] = field(default_factory=list)
    sign_outs: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.resumed.set()

    def respond(self, request: Request) -> Reply:
        """Return the response of an endpoint."""
        self.resumed.wait(_PATIENCE_SECONDS)
        url = urlsplit(request.path)
        parameters = dict(parse_qsl(url.query))
        match url.path:
            case "/.well-known/openid-configuration" if self.is_configured:
                return _json(self._metadata())
            case "/authorize":
                self.authorizations.append(parameters)
                result = {"error": self.error} if self.error else {"code": _CODE}
                state = self.state or parameters["state"]
                return _redirect(parameters["redirect_uri"], state=state, **result)
            case "/token":
                return self._token(dict(parse_qsl(request.body)))
            case "/logout":
                self.sign_outs.append(parameters)
                return _redirect(parameters["post_logout_redirect_uri"])
        return Reply(404, b"<p>Not found", _CORS)

    def _metadata(self) -> dict[str, str]:
        return {
            "issuer": self.name or self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "end_session_endpoint": f"{self.origin}/logout",
        }

    def _token(self, form: dict[str, str]) -> Reply:
        authorization = self.authorizations[-1]
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        is_valid = (
            form["grant_type"] == "authorization_code"
            and form["code"] == _CODE
            and form["client_id"] == authorization["client_id"] == CLIENT_ID
            and form["redirect_uri"] == authorization["redirect_uri"]
            and authorization["code_challenge_method"] == "S256"
            and _base64url(digest) == authorization["code_challenge"]
        )
        if not is_valid:
            return Reply(400, b'{"error":"invalid_grant"}', _CORS)
        claims = {
            "iss": self.origin,
            "aud": CLIENT_ID,
            "exp": int(time.time()) + (self.expires_in or 3600),
            "nonce": authorization["nonce"],
            "name": "Zoë Roe",
            "email": "zoe.roe@example.com",
            **self.claims,
        }
        id_token = ".".join(_base64url(each) for each in (b"{}", _dumps(claims), b""))
        return _json(
            {
                "access_token": ACCESS_TOKEN,
                **({"expires_in": self.expires_in} if self.expires_in else {}),
                "token_type": "Bearer",
                **({"id_token": id_token} if self.has_id_token else {}),
            }
        )


_CORS: Final = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}


def _json(content: Any) -> Reply:
    return Reply(200, _dumps(content), _CORS)


def _redirect(url: str, **parameters: str) -> Reply:
    query = f"?{urlencode(parameters)}" if parameters else ""
    return Reply(302, headers={"Location": url + query})


def _dumps(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
