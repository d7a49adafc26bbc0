"""Computed modules: bundles hold the values of `handlers/*/schemas.py`, and not their computation.

These modules import pydantic and its models to compute core schemas. A function imports the values
alone (docs/adr/0039). Another process computes them from a copy of the sources, so that they are
those of the bundle.
"""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from infra.functions.bundle import computed_source
from infra.functions.bundle.computed_source import ComputationError
from infra.functions.bundle.files import digest_of, write_into

_COMPUTED: Final = "schemas.py"
_SCRIPT: Final = Path(computed_source.__file__)


def with_computed_modules(sources: Mapping[str, bytes], *, cache: Path) -> dict[str, bytes]:
    """Return the sources of all handlers with the values of computed modules.

    Raises:
        ComputationError: a module fails, or has a value that cannot be written as source.
    """
    names = [name for name in sources if Path(name).name == _COMPUTED]
    if not names:
        return dict(sources)
    context = importlib.metadata.version("pydantic").encode() + _SCRIPT.read_bytes()
    values = cache / f"computed-{digest_of(context, sources)}.json"
    if not values.exists():
        _compute(names, sources, values)
    computed = json.loads(values.read_text(encoding="utf-8"))
    return {**sources, **{name: computed[name].encode() for name in names}}


def _compute(names: Iterable[str], sources: Mapping[str, bytes], target: Path) -> None:
    """Import a copy of the modules: files may change meanwhile, or have outdated bytecode."""
    with tempfile.TemporaryDirectory() as folder:
        write_into(Path(folder), sources)
        result = subprocess.run(  # noqa: S603 - the script, and names of the project's modules
            [sys.executable, "-P", "-B", str(_SCRIPT), *sorted(names)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode != 0:
        problem = (result.stderr.strip().splitlines() or ["no output"])[-1]
        raise ComputationError(f"The schemas of the handlers could not be computed: {problem}")
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_suffix(f".{os.getpid()}")
    scratch.write_text(result.stdout, encoding="utf-8")
    scratch.replace(target)
