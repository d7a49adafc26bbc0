"""A GitHub that keeps comments, issues, pull requests and deployments, behind a real socket."""

from __future__ import annotations

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.github import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

BOT = {"login": "github-actions[bot]"}


class FakeGitHub:
    """What the API returns, by path; requests that write change it."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.writes: list[tuple[str, str, dict[str, str]]] = []
        self.tokens = set[str | None]()
        self._ids = itertools.count(1000)
        self.url = ""

    def read(self, path: str, query: dict[str, list[str]]) -> Any:
        """Return a page of a list, or an object; None if there is neither."""
        if path in self.objects:
            return self.objects[path]
        if path not in self.lists:
            return None
        size, page = int(query["per_page"][0]), int(query.get("page", ["1"])[0])
        wanted = {key: query[key][0] for key in ("environment", "state") if key in query}
        items = [item for item in self.lists[path] if wanted.items() <= item.items()]
        return items[(page - 1) * size : page * size]

    def write(self, method: str, path: str, body: dict[str, str]) -> Any:
        """Create or change a comment or an issue."""
        self.writes.append((method, path, body))
        if method == "POST":
            number = next(self._ids)
            item = {"id": number, "number": number, "user": BOT, "state": "open", **body}
            self.lists.setdefault(path, []).append(item)
            return item
        number = int(path.rpartition("/")[2])
        for item in itertools.chain(*self.lists.values()):
            if number in (item["id"], item.get("number")):
                item.update(body)
                return item
        return None

    def repository(self) -> Repository:
        """Return the repository, with a token."""
        return Repository(url=self.url, token="a-token")


def _handler(github: FakeGitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Print nothing."""

        def _respond(self) -> None:
            github.tokens.add(self.headers["Authorization"])
            address = urlsplit(self.path)
            path = address.path.removeprefix("/repos/owner/name")
            if self.command == "GET":
                content = github.read(path, parse_qs(address.query))
            else:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                content = github.write(self.command, path, json.loads(body))
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(content or []).encode())

        do_GET = do_POST = do_PATCH = _respond  # noqa: N815 (the names that http.server calls)

    return Handler


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """A GitHub with the repository owner/name, in which nothing is."""
    fake = FakeGitHub()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake)) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}/repos/owner/name"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield fake
        server.shutdown()
        thread.join()
