"""The Python that compiles the modules in Lambda bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.functions.bundle import LAMBDA
from infra.functions.bundle.bytecode import find_interpreter
from release.preflight.finding import ok, warning

if TYPE_CHECKING:
    from release.preflight.check import Findings, Target

NAME: Final = "bytecode"


def run(_target: Target) -> Findings:
    """Look for a Python of the functions' version on this machine."""
    version = LAMBDA.python_version
    if interpreter := find_interpreter(LAMBDA):
        yield ok(NAME, f"{interpreter} compiles for Python {version}.")
    else:
        detail = f"this machine has no Python {version}, so each cold start compiles all modules."
        yield warning(NAME, detail, f"Run: uv python install {version}")
