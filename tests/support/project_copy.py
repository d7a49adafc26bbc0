"""A copy of the project that a test may change, and Python run in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.processes import outer_environment
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_GENERATED = (".*cache", ".venv", ".git", ".bundles", ".local", ".hypothesis", "__pycache__")


def copy_project(folder: Path) -> Path:
    """Copy the project, without what its commands generate, into a folder of that folder."""
    return shutil.copytree(ROOT, folder / "copy", ignore=shutil.ignore_patterns(*_GENERATED))


def run_python(
    root: Path, *arguments: str, timeout_seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy of the project, outside of the test run's environment."""
    return subprocess.run(  # noqa: S603 - the tests' own commands
        [sys.executable, *arguments],
        cwd=root,
        env=outer_environment(),
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
