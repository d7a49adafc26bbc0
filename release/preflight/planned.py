"""The stack that is checked: its configuration file, and the resources that it would have."""

from __future__ import annotations

import functools
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi
import yaml

from infra.config import ConfigError, owner, parse
from orderctl.cli_support import WRONG_USAGE
from release.preflight.finding import failed, not_checked, ok
from tooling import stackfile
from tooling.errors import UserError
from tooling.graph_diff import GraphError
from tooling.root import ROOT
from tooling.stack_graph import record_stack
from tooling.stackfile import SECRET_PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.config import StackConfig
    from release.preflight.finding import Finding
    from tooling.stackfile import StackFile

NAME: Final = "configuration"

# Replaces a missing sender, so that everything else is checked as well.
_SENDER: Final = "orders@example.com"

# With these, the program takes placeholders as well, and bundles have no dependencies.
_LOCAL: Final = json.dumps([dict.fromkeys(("lambda", "sesv2", "sns"), "http://127.0.0.1:1")])


@dataclass(frozen=True, kw_only=True)
class PlannedStack:
    """A stack as its file describes it; it need not be deployed."""

    file: StackFile
    config: StackConfig
    region: str
    sender_known: bool
    configuration_findings: tuple[Finding, ...]
    record: Callable[[StackFile], Resources]

    @property
    def is_local(self) -> bool:
        """Whether the stack belongs to the embedded AWS, by its `aws:endpoints`."""
        return _is_local(self.file)

    @property
    def resources(self) -> Resources:
        """The resources of the stack, recorded from the program without AWS, in seconds.

        Raises:
            UserError: the program refuses the configuration, or cannot run.
        """
        if isinstance(self._recording, UserError):
            raise self._recording
        return self._recording

    @functools.cached_property
    def _recording(self) -> Resources | UserError:
        """The resources, or why there are none; recorded once."""
        try:
            return self.record(self.file)
        except UserError as error:
            return error


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


def plan(
    file: StackFile, source: str, record: Callable[[StackFile], Resources] | None = None
) -> PlannedStack:
    """Validate a stack's settings.

    Args:
        file: The stack's settings.
        source: The name of its file, for messages.
        record: Finds out what resources the stack has, by default with the program in `file.root`.

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
    encrypted = sorted(key for key, text in file.config.items() if SECRET_PLACEHOLDER in text)
    file = replace(
        file, config={key: text for key, text in file.config.items() if key not in encrypted}
    )
    findings = [_encrypted(encrypted, source)] if encrypted else []
    sender_key = f"{file.project}:emailFrom"
    sender_known = bool(file.config.get(sender_key))
    try:
        config = _parse(file, region, source, placeholders_allowed=_is_local(file))
        findings.append(ok(NAME, f"{source} is valid."))
    except ConfigError as error:
        if not sender_known:
            file = replace(file, config=file.config | {sender_key: _SENDER})
        try:
            config = _parse(file, region, source, placeholders_allowed=True)
        except ConfigError:
            raise UserError(str(error)) from error
        findings.append(_wrong(str(error)))
    return PlannedStack(
        file=file,
        config=config,
        region=region,
        sender_known=sender_known,
        configuration_findings=tuple(findings),
        record=record or record_resources,
    )


def _parse(file: StackFile, region: str, source: str, *, placeholders_allowed: bool) -> StackConfig:
    own = f"{file.project}:"
    values = {
        key.removeprefix(own): text for key, text in file.config.items() if key.startswith(own)
    }
    return parse(values, region=region, source=source, placeholders_allowed=placeholders_allowed)


def _is_local(file: StackFile) -> bool:
    return owner.is_local(json.loads(file.config.get("aws:endpoints", "[]")))


def _encrypted(keys: list[str], source: str) -> Finding:
    return not_checked(
        NAME, f"{', '.join(keys)} in {source} is encrypted, and the checks do without it."
    )


def _wrong(text: str) -> Finding:
    """Return the finding for a configuration error, whose commands are indented lines."""
    problem, *lines = text.splitlines()
    commands = "; ".join(line.strip() for line in lines if line.startswith(" "))
    sentences = [line for line in lines if not line.startswith(" ")]
    return failed(NAME, problem, " ".join([*([f"{commands}."] if commands else []), *sentences]))


def record_resources(file: StackFile) -> Resources:
    """Record the resource graph from a copy of the program, as it runs on the embedded AWS.

    Raises:
        UserError: the program refuses the configuration, or cannot run.
    """
    with tempfile.TemporaryDirectory(prefix="preflight-") as folder:
        path = Path(folder) / f"Pulumi.{file.stack}.yaml"
        config = file.config | {"aws:endpoints": _LOCAL}
        path.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
        try:
            stack = record_stack(file.root, path)
        except GraphError as error:
            raise UserError(f"The program does not run: {str(error).splitlines()[-1]}") from error
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for resource in stack["resources"].values():
        by_type.setdefault(resource["type"], []).append(resource["inputs"])
    return Resources(by_type)
