"""The version; pyproject.toml is its one source, in a checkout by itself, elsewhere by what was installed from it."""

from __future__ import annotations

import importlib.metadata
import tomllib

from tooling.root import ROOT

_PROJECT = ROOT / "pyproject.toml"


def version() -> str:
    """Return the project's version."""
    if _PROJECT.exists():
        project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
        return str(project["version"])
    return importlib.metadata.version("order-processing")
