"""Tests: what the handlers import is what their bundles hold, in the versions that the tests ran with."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from typing import TYPE_CHECKING

import pytest

from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)

# What the Lambda runtime carries itself; boto3 only for the library that needs it, never for a handler.
_RUNTIME = {"botocore"}


def pins(path: str) -> dict[str, str]:
    """Package names to versions."""
    return dict(_PINNED.findall((ROOT / path).read_text()))


def imported(path: Path) -> set[str]:
    """The top-level modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    origins = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in plain + origins}


HANDLERS = sorted((ROOT / "handlers").rglob("*.py"))


def test_tests_run_with_the_versions_that_are_deployed() -> None:
    """Every package of the bundles has the same version in the development environment."""
    deployed = pins("handlers/requirements.txt")

    assert deployed
    assert {name: pins("requirements-dev.txt").get(name) for name in deployed} == deployed


def test_direct_requirements_are_locked() -> None:
    """Every package that the handlers ask for is in the lock file at the version that they ask for."""
    locked = pins("handlers/requirements.txt")

    assert pins("handlers/requirements.in").items() <= locked.items()


def test_locked_packages_carry_hashes() -> None:
    """No package gets into a bundle without its hash being known."""
    text = (ROOT / "handlers" / "requirements.txt").read_text()

    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("path", HANDLERS, ids=[str(path.relative_to(ROOT)) for path in HANDLERS])
def test_handlers_import_what_their_bundles_hold(path: Path) -> None:
    """A handler imports the standard library, what the Lambda runtime carries, and its direct requirements."""
    distributions = importlib.metadata.packages_distributions()
    allowed = {"handlers", *_RUNTIME, *sys.stdlib_module_names}
    foreign = imported(path) - allowed
    direct = {name.lower().replace("_", "-") for name in pins("handlers/requirements.in")}

    # pydantic documents pydantic_core as its companion and pins its version.
    unknown = [
        module
        for module in foreign - {"pydantic_core"}
        if not direct & {name.lower().replace("_", "-") for name in distributions.get(module, [])}
    ]
    assert unknown == []
