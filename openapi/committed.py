"""The documents in the repository: one for the default configuration, and one for each example."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pulumi

from infra import config
from infra.config import StackConfig
from openapi.document import text
from tooling import stackfile
from tooling.root import ROOT
from tooling.stackfile import StackFile

# Stands for a stack's sender where it has none: no document depends on it.
_SENDER: Final = "orders@example.com"


def by_default() -> StackConfig:
    """Return the configuration of a stack that sets nothing but its sender."""
    return config.parse({"emailFrom": _SENDER})


def of_stack(name: str, path: Path | None = None) -> StackConfig:
    """Return the configuration in `Pulumi.<name>.yaml`, or in another file.

    Raises:
        UserError: there is no such file, or it is not what the Pulumi CLI would take.
        ConfigError: the configuration is wrong.
    """
    found = stackfile.load(name, ROOT, path)
    pulumi.runtime.settings.reset_options(
        project=found.project, stack=found.stack
    )  # an error's sentence names it
    return configuration(found, path.name if path else None)


def configuration(found: StackFile, source: str | None = None) -> StackConfig:
    """Return what a stack's settings are to the program; it need not have a sender yet.

    Errors name the stack's file, or `source` where it is another one.

    Raises:
        ConfigError: they are wrong.
    """
    own = f"{found.project}:"
    values = {
        key.removeprefix(own): value for key, value in found.config.items() if key.startswith(own)
    }
    sender = values.get("emailFrom") or _SENDER
    return config.parse(
        {**values, "emailFrom": sender}, region=found.config.get("aws:region"), source=source
    )


def of_file(path: Path) -> StackConfig:
    """Return the configuration in a stack's file, wherever it lies."""
    return of_stack(path.name.removeprefix("Pulumi.").removesuffix(".yaml"), path)


def documents() -> Mapping[Path, str]:
    """Return the text of every document, by its path."""
    examples = sorted((ROOT / "examples").glob("Pulumi.*.yaml"))
    beside = {path.with_name(_named_after(path)): text(of_file(path)) for path in examples}
    return {ROOT / "docs" / "openapi.json": text(by_default()), **beside}


def write() -> None:
    """Write every document anew."""
    for path, content in documents().items():
        path.write_text(content, encoding="utf-8")


def _named_after(path: Path) -> str:
    return path.name.replace("Pulumi.", "openapi.").replace(".yaml", ".json")
