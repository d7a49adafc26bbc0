"""The stacks that tests deploy: copies of those that the project ships, and its examples.

The stack files beside the program, and the project's name, are the user's: no test depends on what is in them.
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

# Whatever the project is called, it is this one to the tests: a name decides about every other name's length.
PROJECT: Final = "order-processing"

# A domain that somebody could own, as the program takes no placeholder on AWS.
DOMAIN: Final = "shop-orders.net"
SENDER: Final = f"orders@mail.{DOMAIN}"

SHIPPED: Final = {
    name: ROOT / "tests" / "stacks" / f"Pulumi.{name}.yaml"
    for name in ("dev", "staging", "prod", "local")
}
EXAMPLES: Final = {
    name: ROOT / "examples" / f"Pulumi.{name}.yaml"
    for name in ("event-driven", "http-platform", "queue-first")
}


def stack_of(path: Path) -> str:
    """The stack that a file configures."""
    return path.name.removeprefix("Pulumi.").removesuffix(".yaml")


@functools.cache
def load(path: Path) -> StackFile:
    """A stack's settings under the tests' project name, with a sender where the file has none."""
    found = stackfile.load(stack_of(path), ROOT, path)
    config = {_renamed(key, found.project): value for key, value in found.config.items()}
    sender = f"{PROJECT}:emailFrom"
    return dataclasses.replace(
        found, project=PROJECT, config={**config, sender: config.get(sender) or SENDER}
    )


def _renamed(key: str, project: str) -> str:
    namespace, _, name = key.partition(":")
    return f"{PROJECT}:{name}" if namespace == project else key
