"""Calls of a deployed stack's API: with httpx, and as a curl command to paste."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from tooling.sample_order import SAMPLE_ORDER
from tooling.signing import REGION, SignatureAuth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.customers import Customers
    from local.emulator.emulator import Emulator
    from tooling.stackfile import StackFile

_SERVICE = "execute-api"
# A shell variable, for a token that only the user can get.
_TOKEN = "$TOKEN"  # noqa: S105 (no token)
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to an API, without credentials."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A client of an API with the credentials for the stack's `auth`: headers, or a signature."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    signature: httpx.Auth | None = None
    curl_options: tuple[str, ...] = ()
    note: str = ""

    @property
    def order(self) -> dict[str, Any]:
        """The sample order; with a token, the customer is the token's."""
        return {
            name: value
            for name, value in SAMPLE_ORDER.items()
            if name != "customerId" or not self.has_token
        }

    def order_call(self, order: Mapping[str, Any], key: str | None = None) -> Call:
        """Return the request that submits an order, under an idempotency key if one is given."""
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        body = json.dumps(order, ensure_ascii=False)
        return Call(url=self.url, headers=headers, body=body)

    @property
    def curl(self) -> str:
        """The command to paste, which sends the sample order."""
        return self.curl_of(self.order_call(self.order))

    def curl_of(self, call: Call) -> str:
        """Return a command to paste; the URL may hold a `$`, which is no variable."""
        headers = {**call.headers, **self.headers}
        words = [f"-H {_word(f'{name}: {value}')}" for name, value in headers.items()]
        words += map(shlex.quote, self.curl_options)
        if call.body is not None:
            # Unlike `-d`, this reads no file if the body begins with an `@`.
            words.append(f"--data-raw {shlex.quote(call.body)}")
        if call.method != ("GET" if call.body is None else "POST"):
            words.append(f"-X {call.method}")
        return " ".join(["curl -i", shlex.quote(call.url), *words])

    @property
    def has_token(self) -> bool:
        """Whether the customer is the token's."""
        return "Authorization" in self.headers

    def send(self, key: str) -> httpx.Response:
        """Send the sample order under an idempotency key."""
        request = self._request(self.order_call(self.order, key))
        with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            return client.send(request, auth=self.signature)

    async def send_with(self, client: httpx.AsyncClient, call: Call) -> httpx.Response:
        """Send a request with the credentials."""
        return await client.send(self._request(call), auth=self.signature)

    def _request(self, call: Call) -> httpx.Request:
        headers = {**call.headers, **self.headers}
        return httpx.Request(call.method, call.url, headers=headers, content=call.body)


def caller_of(
    emulator: Emulator,
    stackfile: StackFile,
    outputs: dict[str, Any],
    customers: Customers | None = None,
) -> Caller:
    """Return a client of a deployed stack; its tokens are issued by `customers`, if given."""
    url, auth = outputs["ordersUrl"], stackfile.config.get(f"{stackfile.project}:auth", "none")
    if auth == "apiKey":
        return Caller(url=url, headers={"X-Api-Key": next(iter(outputs["apiKeys"].values()))})
    if auth == "jwt":
        token = _TOKEN if customers is None else customers.token("jane")
        note = _token_note(stackfile) if customers is None else "The token is valid for an hour."
        return Caller(url=url, headers={"Authorization": f"Bearer {token}"}, note=note)
    if auth == "iam":
        options = ("--aws-sigv4", f"aws:amz:{REGION}:{_SERVICE}", "--config", _curl_file(emulator))
        note = "The file after --config has the access key, so that no list of processes shows it."
        return Caller(
            url=url,
            signature=SignatureAuth(emulator.key, _SERVICE),
            curl_options=options,
            note=note,
        )
    return Caller(url=url)


def _token_note(stackfile: StackFile) -> str:
    issuer = json.loads(stackfile.config[f"{stackfile.project}:jwt"])["issuer"]
    return f"Put a token that {issuer} has issued into the variable TOKEN first."


def _curl_file(emulator: Emulator) -> str:
    """Write the access key to a private file for curl, which is removed with the emulator."""
    path = emulator.directory / "curl"
    path.touch(mode=0o600)
    path.write_text(
        f'user = "{emulator.key.access_key_id}:{emulator.key.secret_access_key}"\n',
        encoding="utf-8",
    )
    return str(path)


def _word(text: str) -> str:
    """Quote a word for a shell, in which the token's variable is expanded."""
    return f'"{text}"' if text.endswith(_TOKEN) else shlex.quote(text)
