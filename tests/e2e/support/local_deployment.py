"""Stacks that are deployed as `make local` deploys them, and the lines that it prints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from local import overrides
from local.calls import Caller, caller_of
from local.customers import Customers
from local.deployer import deploy
from tests.e2e.support.stack import LocalStack
from tests.e2e.support.variants import FOR_THE_TESTS, texts
from tests.support.stacks import EXAMPLES, SHIPPED, load

if TYPE_CHECKING:
    from local.emulator import Emulator
    from tooling.stackfile import StackFile

# Of a stack whose callers have tokens: the emulator's issuer takes its place.
FOREIGN_ISSUER: dict[str, Any] = {
    "issuer": "https://login.shop-orders.net/",
    "audiences": ["orders"],
}

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


class Deployment(NamedTuple):
    """A deployed stack, the caller whose line is printed, and the customers, if the emulator issues their tokens."""

    stack: LocalStack
    caller: Caller
    customers: Customers | None


def deploy_like_make_local(emulator: Emulator, name: str, **config: Any) -> Deployment:
    """Deploy the stack `dev` under another name, some configuration keys of which are replaced."""
    shipped = load(SHIPPED["dev"])
    own = texts(shipped, {**FOR_THE_TESTS, **config})
    return _deploy(emulator, replace(shipped, stack=name, config={**shipped.config, **own}))


def deploy_example(emulator: Emulator, name: str) -> Deployment:
    """Deploy an example without a change to its file."""
    return _deploy(emulator, replace(load(EXAMPLES[name]), stack=name))


def _deploy(emulator: Emulator, settings: StackFile) -> Deployment:
    customers = Customers(emulator) if overrides.needs_customers(settings) else None
    settings, _ = overrides.apply(settings, customers)
    outputs = deploy(emulator, settings)
    return Deployment(
        LocalStack(emulator, outputs), caller_of(emulator, settings, outputs, customers), customers
    )


def paste(line: str) -> dict[str, Any]:
    """Run a line in a shell with nothing in its environment; the order that the API has accepted."""
    shell = ["/bin/sh", "-c", f"{line} --silent --fail"]
    done = subprocess.run(  # noqa: S603
        shell, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
