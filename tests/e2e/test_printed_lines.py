"""What `make local` prints works as printed, for every kind of authorization."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from local import overrides
from local.calls import Caller, caller_of
from local.customers import Customers
from local.deployer import deploy
from tests.support.polling import eventually
from tests.support.stacks import EXAMPLES, SHIPPED, load

if TYPE_CHECKING:
    from local.emulator import Emulator
    from local.stackfile import StackFile
    from tests.support.stack import LocalStack

_VARIANTS: dict[str, dict[str, Any]] = {
    "none": {},
    "apiKey": {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app", "partner"]},
    "unnamed": {"gateway": "rest", "auth": "apiKey"},
    "jwt": {"auth": "jwt", "jwt": {"issuer": "https://login.shop-orders.net/", "audiences": ["orders"]}},
    "iam-http": {"auth": "iam"},
    "iam-rest": {"gateway": "rest", "auth": "iam"},
}


def _variant(name: str) -> StackFile:
    shipped = load(SHIPPED["dev"])
    own = {f"{shipped.project}:{key}": _text(value) for key, value in _VARIANTS[name].items()}
    return replace(shipped, stack=f"printed-{name}", config={**shipped.config, **own})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _deployed(emulator: Emulator, settings: StackFile) -> Caller:
    customers = Customers(emulator) if overrides.needs_customers(settings) else None
    settings, _ = overrides.apply(settings, customers)
    return caller_of(emulator, settings, deploy(emulator, settings), customers)


def _paste(line: str) -> dict[str, Any]:
    """Run a line in a shell with nothing in its environment; the order that the API has accepted."""
    shell = ["/bin/sh", "-c", f"{line} --silent --fail"]
    done = subprocess.run(shell, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", _VARIANTS)
def test_the_curl_line_sends_an_order(stack: LocalStack, name: str) -> None:
    """Pasted into a shell, it carries the key, the token or the signature that the stack needs."""
    caller = _deployed(stack.emulator, _variant(name))
    assert _paste(caller.curl)["totalAmount"] == 109.97
    assert stack.emulator.key.secret_access_key not in caller.curl


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_takes_the_sample_order(stack: LocalStack, name: str) -> None:
    """An example is deployed without a change to its file, and its order is confirmed by an email that can be read."""
    caller = _deployed(stack.emulator, replace(load(EXAMPLES[name]), stack=f"printed-{name}"))
    answer = caller.send(f"printed-{name}")
    assert answer.is_success, answer.text
    order_id = answer.json()["orderId"]
    eventually(lambda: stack.emails(order_id), f"the email about {order_id}", timeout=60)


def test_a_foreign_issuers_token_is_asked_for(stack: LocalStack) -> None:
    """The stack `local` is left as it is: its line has a place for a token, and a note says whose."""
    shipped = load(SHIPPED["local"])
    jwt = json.dumps({"issuer": "https://login.shop-orders.net/", "audiences": ["orders"]})
    own = {f"{shipped.project}:auth": "jwt", f"{shipped.project}:jwt": jwt}
    settings = replace(shipped, config={**shipped.config, **own})
    assert not overrides.needs_customers(settings)
    caller = caller_of(stack.emulator, settings, {"ordersUrl": "http://127.0.0.1:1/$default/orders"})
    assert '-H "Authorization: Bearer $TOKEN"' in caller.curl
    assert "https://login.shop-orders.net/" in caller.note
