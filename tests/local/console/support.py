"""A stack that is data in place of a deployed one, and a browser without a window."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from local.calls import Caller
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.stackfile import StackFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.applications import Starlette

    from local.faults import Fault
    from local.monitoring.activity import Counts, Event

TOKEN = "token-of-the-test"
ORIGIN = "http://127.0.0.1:4568"
# A stream of events has no end: a test that gets one by mistake fails.
_TIMEOUT_SECONDS = 30


@dataclass
class FakeDeployment:
    """A stack with these resources; `clients` has fakes of AWS services by their names."""

    resources: Sequence[Any] = ()
    outputs: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    clients: dict[str, Any] = field(default_factory=dict)
    connect: Callable[[str], Any] | None = None
    """Returns the client of a service that `clients` does not have."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What SES has sent, as the emulator keeps it."""
    caller: Caller = field(default_factory=lambda: Caller(url="http://127.0.0.1:9"))
    settings: StackFile = field(
        default_factory=lambda: StackFile(project="orders", stack="local", config={}, root=ROOT)
    )

    @property
    def emulator(self) -> FakeDeployment:
        """What has the clients."""
        return self

    def client(self, service: str) -> Any:
        """Return the fake of a service."""
        if service in self.clients or self.connect is None:
            return self.clients[service]
        return self.connect(service)

    def emails(self) -> list[dict[str, Any]]:
        """Return the mailbox."""
        return self.messages


@dataclass
class FakeActivity:
    """What the functions have logged, in which a test may write."""

    logged: list[Event] = field(default_factory=list)
    counts: Mapping[str, Counts] = field(default_factory=dict)
    subscribers: list[Callable[[Sequence[Event]], None]] = field(default_factory=list)

    def subscribe(self, callback: Callable[[Sequence[Event]], None]) -> None:
        """Call back with what `log` gets."""
        self.subscribers.append(callback)

    def log(self, *events: Event) -> None:
        """Log events."""
        self.logged += events
        for callback in self.subscribers:
            callback(events)

    def events(self, *, order_id: str | None = None, function: str | None = None) -> list[Event]:
        """Return the events of an order or a function, oldest first."""
        return [
            event
            for event in self.logged
            if order_id in {None, event.order_id} and function in {None, event.function}
        ]


@dataclass
class FakeFaults:
    """The faults of a stack with these hops; a call of it returns it, as a client's factory."""

    known: Sequence[str] = ("orders", "orders:dynamodb", "email", "email:ses")
    by_hop: dict[str, Fault] = field(default_factory=dict)

    def __call__(self) -> FakeFaults:
        """Return the client."""
        return self

    def hops(self) -> list[str]:
        """Return the hops."""
        return list(self.known)

    def active(self) -> list[Fault]:
        """Return the injected faults."""
        return list(self.by_hop.values())

    def inject(self, fault: Fault) -> None:
        """Inject a fault."""
        if fault.hop not in self.known:
            raise UserError(f"The stack has no hop '{fault.hop}'; use {', '.join(self.known)}.")
        self.by_hop[fault.hop] = fault

    def remove(self, hop: str) -> None:
        """Remove a fault."""
        self.by_hop.pop(hop, None)


class Browser:
    """A browser that keeps cookies and sends its headers, at first without the token."""

    def __init__(self, app: Starlette) -> None:
        self.cookies = httpx.Cookies()
        self._app = app

    def open(self, token: str = TOKEN) -> httpx.Response:
        """Open the console's URL with its token."""
        return self.get(f"/?token={token}")

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Get a page; a header's name has underscores in place of hyphens."""
        return self._request("GET", path, headers=_names(headers))

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the console's own page, and follow the redirect."""
        return self._request("POST", path, data=fields, headers={"Origin": ORIGIN})

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        """Send a request with these headers alone."""
        return self._request(method, path, headers=_names(headers))

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self._app),
                base_url=ORIGIN,
                cookies=self.cookies,
                follow_redirects=True,
            ) as client:
                response = await client.request(method, path, **options)
                self.cookies = client.cookies
                return response

        return asyncio.run(asyncio.wait_for(send(), _TIMEOUT_SECONDS))


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
