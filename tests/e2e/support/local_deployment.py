"""Stacks that are deployed as `make local` deploys them, and the curl line that it prints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from local.calls import Caller, caller_of
from local.customers import Customers
from local.deployment import overrides
from local.deployment.deployer import deploy
from tests.e2e.support.stack import LocalStack
from tests.e2e.support.variants import FOR_THE_TESTS, texts
from tests.support.stacks import EXAMPLES, SHIPPED, load

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator
    from tooling.stackfile import StackFile

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


class Deployment(NamedTuple):
    """A deployed stack, the caller of its curl line, and customers if the emulator has them."""

    stack: LocalStack
    caller: Caller
    customers: Customers | None


def deploy_like_make_local(emulator: Emulator, name: str, **config: Any) -> Deployment:
    """Deploy the stack `dev` under another name, with some configuration keys replaced."""
    shipped = load(SHIPPED["dev"])
    own = texts(shipped, {**FOR_THE_TESTS, **config})
    return _deploy(emulator, replace(shipped, stack=name, config={**shipped.config, **own}))


def deploy_example(emulator: Emulator, name: str) -> Deployment:
    """Deploy an example without a change to its file."""
    return _deploy(emulator, replace(load(EXAMPLES[name]), stack=name))


def _deploy(emulator: Emulator, settings: StackFile) -> Deployment:
    customers = Customers(emulator.client) if overrides.needs_customers(settings) else None
    settings, _ = overrides.apply(settings, customers)
    outputs = deploy(emulator, settings)
    caller = caller_of(emulator, settings, outputs, customers)
    return Deployment(LocalStack(emulator, outputs), caller, customers)


def check_curl_line(deployment: Deployment) -> None:
    """In a shell without variables, the curl line orders, and it does not show the secret key."""
    line = deployment.caller.curl
    shell = subprocess.run(  # noqa: S603 (the line that is tested)
        ["/bin/sh", "-c", f"{line} --silent --fail"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shell.returncode == 0, shell.stdout + shell.stderr
    assert json.loads(shell.stdout.splitlines()[-1])["totalAmount"] == 109.97
    assert deployment.stack.emulator.key.secret_access_key not in line
