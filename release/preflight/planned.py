"""The stack that is checked: its configuration file, and the resources that it would have."""

from __future__ import annotations

import functools
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi
import yaml

from infra import config as configuration
from infra.config import owner
from orderctl.cli_support import WRONG_USAGE
from release.preflight.finding import Finding
from tooling import graph_diff, stackfile
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.config import StackConfig
    from tooling.stackfile import StackFile

# Replaces a missing sender, so that everything else is checked as well.
_SENDER: Final = "orders@example.com"

# What the program does not read, or what is large.
_NOT_COPIED: Final = shutil.ignore_patterns(".*", "__pycache__", "docs", "tests", "benchmarks")


@dataclass(frozen=True, kw_only=True)
class PlannedStack:
    """A stack as its file describes it; it need not be deployed."""

    file: StackFile
    config: StackConfig
    region: str
    sender_known: bool
    configuration_findings: tuple[Finding, ...]

    @property
    def is_local(self) -> bool:
        """Whether the stack belongs to the embedded AWS, by its `aws:endpoints`."""
        return owner.is_local(yaml.safe_load(self.file.config.get("aws:endpoints", "[]")))

    @functools.cached_property
    def resources(self) -> Resources:
        """The resources of the stack, recorded from the program without AWS, in seconds.

        Raises:
            UserError: the program refuses the configuration.
        """
        return _record(self.file)


@dataclass(frozen=True)
class Resources:
    """Inputs of resources by their type, such as `aws:sns/topic:Topic`."""

    by_type: Mapping[str, list[Mapping[str, Any]]]

    def of(self, type_name: str) -> list[Mapping[str, Any]]:
        """Return the inputs of all resources of a type."""
        return self.by_type.get(type_name, [])


def load(stack: str, root: Path = ROOT) -> PlannedStack:
    """Read a stack's file, or an example's; a wrong configuration is a finding.

    Raises:
        UserError: there is no such stack, or its file cannot be read or validated at all.
    """
    try:
        path = stackfile.find(stack, root)
    except UserError as error:
        raise UserError(str(error), exit_code=WRONG_USAGE) from error
    return plan(stackfile.load(stack, root, path), path.name)


def plan(file: StackFile, source: str) -> PlannedStack:
    """Validate a stack's settings.

    Args:
        file: The stack's settings.
        source: The name of its file, for messages.

    Raises:
        UserError: the configuration is wrong in more than the values that only its owner knows.
    """
    # The messages of configuration errors name the stack.
    pulumi.runtime.settings.reset_options(project=file.project, stack=file.stack)
    region = file.config.get("aws:region")
    if not region:
        raise UserError(
            f"Configuration key 'aws:region' is missing in {source}; set it with: "
            f"pulumi config set aws:region <region> --stack {file.stack}"
        )
    encrypted = sorted(
        key for key, text in file.config.items() if stackfile.SECRET_PLACEHOLDER in text
    )
    file = replace(
        file, config={key: text for key, text in file.config.items() if key not in encrypted}
    )
    values = _own_values(file)
    findings = [*_encrypted(encrypted, source)]
    try:
        config = configuration.parse(
            values,
            region=region,
            source=source,
            placeholders_allowed=owner.is_local(
                yaml.safe_load(file.config.get("aws:endpoints", "[]"))
            ),
        )
    except configuration.ConfigError as error:
        findings.append(_finding("failed", " ".join(str(error).split())))
        file = replace(
            file,
            config=file.config | {f"{file.project}:emailFrom": values.get("emailFrom") or _SENDER},
        )
        config = _lenient(_own_values(file), region, source, error)
    else:
        findings.append(_finding("ok", f"{source} is valid."))
    return PlannedStack(
        file=file,
        config=config,
        region=region,
        sender_known=bool(values.get("emailFrom")),
        configuration_findings=tuple(findings),
    )


def _lenient(values: Mapping[str, str], region: str, source: str, first: Exception) -> StackConfig:
    try:
        return configuration.parse(values, region=region, source=source)
    except configuration.ConfigError:
        raise UserError(str(first)) from first


def _own_values(file: StackFile) -> dict[str, str]:
    own = f"{file.project}:"
    return {key.removeprefix(own): text for key, text in file.config.items() if key.startswith(own)}


def _encrypted(keys: list[str], source: str) -> Iterator[Finding]:
    if keys:
        yield _finding(
            "not checked",
            f"{', '.join(keys)} in {source} is encrypted, and the checks do without it.",
        )


def _finding(state: Any, seen: str) -> Finding:
    return Finding(check="configuration", state=state, seen=seen)


def _record(file: StackFile) -> Resources:
    """Record the resource graph from a copy of the program, whose bundles have no dependencies."""
    with tempfile.TemporaryDirectory(prefix="preflight-") as folder:
        copy = Path(folder) / "program"
        shutil.copytree(file.root, copy, ignore=_NOT_COPIED)
        path = copy / f"Pulumi.{file.stack}.yaml"
        path.write_text(yaml.safe_dump({"config": file.config}), encoding="utf-8")
        (recorded,) = graph_diff.record_stacks(copy, [path])
    if "error" in recorded:
        raise UserError(str(recorded["error"]))
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for resource in recorded["resources"].values():
        by_type.setdefault(resource["type"], []).append(resource["inputs"])
    return Resources(by_type)
