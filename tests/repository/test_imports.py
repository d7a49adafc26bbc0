"""Imports: layers of packages, and what the requirements of handlers and program install."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# pydantic pins it and documents it as its companion.
_COMPANION = "pydantic_core"
_packages = functools.cache(importlib.metadata.packages_distributions)
_HANDLERS = sorted((ROOT / "handlers").rglob("*.py"))

# By package, the project's modules that it may import besides its own.
_LAYERS = {
    "handlers": (),
    "infra/config": ("infra.naming", "handlers"),
    "infra": ("handlers", "openapi"),
    "tooling": ("infra.config", "handlers"),
    "orderctl": ("tooling", "handlers"),
    "openapi": ("tooling", "infra.config", "handlers"),
    "costs": ("tooling", "infra.config"),
    "release": (
        "orderctl",
        "tooling",
        "infra.config",
        "infra.functions.bundle",
        "infra.naming",
        "handlers",
    ),
    "pipeline": ("tooling.errors", "tooling.entry"),
    "policy": (),
    "bootstrap": (
        "infra.config",
        "infra.monitoring.tracing",
        "infra.naming",
        "infra.private_bucket",
    ),
    "local": (
        "costs",
        "openapi",
        "orderctl",
        "tooling",
        "infra.config",
        "infra.functions",
        "handlers",
    ),
    "benchmarks": (
        "local",
        "costs",
        "openapi",
        "orderctl",
        "tooling",
        "infra.config",
        "infra.functions",
        "handlers",
    ),
}
_PACKAGES = {layer.partition("/")[0] for layer in _LAYERS} | {"tests"}


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-")


def _requirements(path: str) -> set[str]:
    """The packages that a requirements file names."""
    lines = re.findall(r"^([\w.-]+)(?:\[.*\])?==", (ROOT / path).read_text(), re.MULTILINE)
    return {_canonical(name) for name in lines}


def _imports(path: Path) -> set[str]:
    """The modules that a file imports: of `from infra import naming`, `infra.naming`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("layer", _LAYERS)
def test_packages_import_the_layers_below(layer: str) -> None:
    """A package imports itself and lower layers; handlers none, configuration no component."""
    allowed = tuple(f"{name}." for name in (layer.replace("/", "."), *_LAYERS[layer]))
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / layer).rglob("*.py")
        for name in _imports(path)
        if name.partition(".")[0] in _PACKAGES and not f"{name}.".startswith(allowed)
    }
    assert foreign == set()


@pytest.mark.parametrize("path", _HANDLERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_handlers_import_what_their_bundles_hold(path: Path) -> None:
    """A handler imports the standard library and its direct requirements."""
    direct = _requirements("handlers/requirements.in")
    modules = {name.partition(".")[0] for name in _imports(path)}
    foreign = modules - {"handlers", _COMPANION, *sys.stdlib_module_names}
    assert {
        module
        for module in foreign
        if not direct & set(map(_canonical, _packages().get(module, [])))
    } == set()


# Imports the modules of folders while only the packages in the arguments can be imported.
_IMPORT_ALL = """
import importlib, importlib.metadata, pathlib, sys

class Missing:
    def __init__(self, installed):
        packages = importlib.metadata.packages_distributions().items()
        canonical = lambda name: name.lower().replace("_", "-")
        self.missing = {module for module, owners in packages
                        if not installed & set(map(canonical, owners))}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing({*sys.argv[2:], "pip", "setuptools"}))
for folder in sys.argv[1].split():
    for path in sorted(pathlib.Path(folder).rglob("*.py")):
        parts = path.with_suffix("").parts
        if parts[-1] != "__main__":
            importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
import openapi.document  # where the stack has a storefront
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folders", "requirements"),
    [
        ("infra", "requirements.txt"),
        ("infra release orderctl pipeline", "release/requirements.txt"),
    ],
)
def test_the_program_needs_its_own_requirements_alone(folders: str, requirements: str) -> None:
    """All that the program, and a deployment, imports is installed by its requirements."""
    packages = _requirements(requirements)
    program = subprocess.run(  # noqa: S603 - the project's code
        [sys.executable, "-c", _IMPORT_ALL, folders, *packages],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert program.returncode == 0, program.stderr
