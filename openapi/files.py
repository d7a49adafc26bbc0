"""The OpenAPI files in the repository: of the default configuration, and of each example."""

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

# For stack files without a sender; no document depends on it.
_SENDER: Final = "orders@example.com"


def default_configuration() -> StackConfig:
    """Return the configuration of a stack that sets nothing but its sender."""
    return config.parse({"emailFrom": _SENDER})


def load(stack: str, path: Path | None = None) -> StackConfig:
    """Return the configuration of a stack, from `Pulumi.<stack>.yaml` or from another file.

    Raises:
        UserError: the file does not exist, or the Pulumi CLI would refuse it.
        ConfigError: the configuration is wrong.
    """
    file = stackfile.load(stack, ROOT, path)
    # The messages of configuration errors name the stack.
    pulumi.runtime.settings.reset_options(project=file.project, stack=file.stack)
    return configuration(file, path.name if path else None)


def configuration(file: StackFile, source: str | None = None) -> StackConfig:
    """Return the configuration in a stack file, which may lack a sender.

    Args:
        file: The stack file.
        source: The file's name in error messages, if it is not `Pulumi.<stack>.yaml`.

    Raises:
        ConfigError: the configuration is wrong.
    """
    own = f"{file.project}:"
    values = {
        key.removeprefix(own): value for key, value in file.config.items() if key.startswith(own)
    }
    sender = values.get("emailFrom") or _SENDER
    return config.parse(
        {**values, "emailFrom": sender}, region=file.config.get("aws:region"), source=source
    )


def load_file(path: Path) -> StackConfig:
    """Return the configuration in a `Pulumi.<stack>.yaml` of any folder."""
    return load(path.name.removeprefix("Pulumi.").removesuffix(".yaml"), path)


def documents() -> Mapping[Path, str]:
    """Return the text of every file as the program generates it."""
    examples = {
        path.with_name(f"openapi.{path.name.removeprefix('Pulumi.').removesuffix('.yaml')}.json"): (
            text(load_file(path))
        )
        for path in sorted((ROOT / "examples").glob("Pulumi.*.yaml"))
    }
    return {ROOT / "docs" / "openapi.json": text(default_configuration()), **examples}


def stale() -> Mapping[Path, str | None]:
    """Return the files that are out of date, with their text; None if an example is gone."""
    generated = documents()
    present = {*ROOT.glob("docs/openapi*.json"), *ROOT.glob("examples/openapi*.json")}
    return {
        path: generated.get(path)
        for path in sorted({*present, *generated})
        if path not in present or path.read_text(encoding="utf-8") != generated.get(path)
    }


def write() -> None:
    """Bring every file up to date."""
    for path, content in stale().items():
        if content is None:
            path.unlink()
        else:
            path.write_text(content, encoding="utf-8")
