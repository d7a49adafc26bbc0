"""The stacks that tests deploy: copies of those that the project ships, and its examples.

The stack files beside the program, and the project's name, are the user's: no test depends on them.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Final

from tooling import stackfile
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tooling.stackfile import StackFile

# The project's name in tests, whatever it is called: all other names begin with it.
PROJECT: Final = "order-processing"

# Not a placeholder, which the program refuses on AWS.
DOMAIN: Final = "shop-orders.net"
SENDER: Final = f"orders@mail.{DOMAIN}"

SHIPPED: Final = {
    name: ROOT / "tests" / "stacks" / f"Pulumi.{name}.yaml"
    for name in ("dev", "staging", "prod", "local")
}
# What the stack `pr-<number>` of a pull request is configured by.
PULL_REQUEST: Final = ROOT / "tests" / "stacks" / "Pulumi.pull-request.yaml"
EXAMPLES: Final = {
    name: ROOT / "examples" / f"Pulumi.{name}.yaml"
    for name in ("event-driven", "http-platform", "queue-first")
}
PRESETS: Final = {
    name: ROOT / "examples" / f"Pulumi.{name}.yaml" for name in ("orders-100", "orders-1000")
}

VARIANTS: Final = sorted((ROOT / "tests" / "stacks" / "variants").glob("Pulumi.*.yaml"))


def stack_of(path: Path) -> str:
    """The stack that a file configures."""
    return path.name.removeprefix("Pulumi.").removesuffix(".yaml")


@functools.cache
def load(path: Path) -> StackFile:
    """A stack's settings under the tests' project name, with a sender where the file has none."""
    settings = stackfile.load(stack_of(path), ROOT, path)
    prefix, sender = f"{settings.project}:", f"{PROJECT}:emailFrom"
    config = {
        f"{PROJECT}:{key.removeprefix(prefix)}" if key.startswith(prefix) else key: value
        for key, value in settings.config.items()
    }
    config[sender] = config.get(sender) or SENDER
    return dataclasses.replace(settings, project=PROJECT, config=config)
