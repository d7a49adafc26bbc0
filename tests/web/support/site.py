"""The order form as a stack serves it: the files of `web/`, what its deployment adds, a policy."""

from __future__ import annotations

import functools
import json
import mimetypes
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from openapi.document import document
from openapi.files import default_configuration
from tests.web.support.server import Reply, Request
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WEB: Final = ROOT / "web"

_TIMEOUT_SECONDS: Final = 60

# `connect-src https:` of the deployed header would refuse the API of a test.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; connect-src 'self' https: http://127.0.0.1:*"
)


@functools.cache
def _default_document() -> dict[str, Any]:
    return document(default_configuration())


@dataclass
class Site:
    """The files of `web/` with `config.json` and `openapi.json` of a stack."""

    config: dict[str, Any]
    origins: Sequence[str]
    """Where the page may connect to."""

    openapi: Mapping[str, Any] = field(default_factory=_default_document)
    files: dict[str, bytes] = field(default_factory=dict)
    """More files."""

    failure: Reply | None = None
    """The response to every file, if the site is broken."""

    api: Callable[[Request], Reply] | None = None
    """What responds to `/orders`, if the API is on the site's origin."""

    resumed: threading.Event = field(default_factory=threading.Event)
    """Responses wait for it."""

    def __post_init__(self) -> None:
        self.resumed.set()

    def respond(self, request: Request) -> Reply:
        """Return a file."""
        self.resumed.wait(_TIMEOUT_SECONDS)
        if self.failure:
            return self.failure
        if self.api and request.path == "/orders":
            return self.api(request)
        name = urlsplit(request.path).path.lstrip("/") or "index.html"
        content = self._content(name)
        if content is None:
            return Reply(403)  # as S3 responds where the names of objects are private
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {
            "Content-Type": kind,
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
        }
        return Reply(200, content, headers)

    def _content(self, name: str) -> bytes | None:
        written = {"config.json": self.config, "openapi.json": self.openapi}
        if name in written:
            return json.dumps(written[name]).encode()
        if name in self.files:
            return self.files[name]
        path = WEB / name
        if not path.is_file():
            return None
        content = path.read_bytes()
        return content.replace(b"{{apiOrigins}}", " ".join(self.origins).encode())
