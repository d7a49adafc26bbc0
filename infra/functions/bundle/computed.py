"""Computed modules: bundles hold the values of `handlers/*/schemas.py`, and not their computation.

These modules import pydantic and its models to compute core schemas. A function imports the values
alone (docs/adr/0039). Another process computes them from a copy of the sources, so that they are
those of the bundle.
"""

import hashlib
import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

_COMPUTED: Final = "schemas.py"


class ComputationError(Exception):
    """A module could not be computed; the message names the module, or Python's error."""


def with_computed_modules(sources: Mapping[str, bytes], *, cache: Path) -> dict[str, bytes]:
    """Return the sources of all handlers with the values of computed modules.

    Raises:
        ComputationError: a module fails, or has a value that cannot be written as source.
    """
    names = [name for name in sources if Path(name).name == _COMPUTED]
    if not names:
        return dict(sources)
    digest = hashlib.sha256(importlib.metadata.version("pydantic").encode())
    digest.update(Path(__file__).read_bytes())
    for name in sorted(sources):
        digest.update(f"\0{name}\0".encode())
        digest.update(sources[name])
    values = cache / f"computed-{digest.hexdigest()[:16]}.json"
    if not values.exists():
        _compute(names, sources, values)
    computed = json.loads(values.read_text(encoding="utf-8"))
    return {**sources, **{name: computed[name].encode() for name in names}}


def _compute(names: Iterable[str], sources: Mapping[str, bytes], target: Path) -> None:
    """Import a copy of the modules: files may change meanwhile, or have outdated bytecode."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in sources.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        result = subprocess.run(  # noqa: S603 - this file, and names of the project's modules
            [sys.executable, "-P", "-B", __file__, *sorted(names)],
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


def source(module: ModuleType) -> str:
    """Return a module with the values of the public names of another one.

    Raises:
        ComputationError: a value is neither a constant nor importable by name.
    """
    imports: set[str] = set()
    lines = [f"{name} = {_expression(getattr(module, name), imports)}" for name in module.__all__]
    header = f'"""Values of {module.__name__}, computed when the bundle was built."""'
    return "\n".join([header, "", *sorted(f"import {name}" for name in imports), "", *lines, ""])


def _expression(value: Any, imports: set[str]) -> str:
    match value:
        case None | bool() | int() | str():
            text = repr(value)
        case Mapping():
            entries = (f"{key!r}: {_expression(each, imports)}" for key, each in value.items())
            text = f"{{{', '.join(entries)}}}"
        case list():
            text = f"[{_parts(value, imports)}]"
        case tuple():
            text = f"({_parts(value, imports)},)"
        case frozenset():
            text = f"frozenset([{_parts(sorted(value), imports)}])"
        case Decimal():
            imports.add("decimal")
            text = f"decimal.Decimal('{value}')"
        case datetime() if value.tzinfo is UTC:
            imports.add("datetime")
            text = repr(value)
        case FunctionType() | type() if "<" not in value.__qualname__:
            imports.add(value.__module__)
            text = f"{value.__module__}.{value.__qualname__}"
        case _:
            raise ComputationError(f"{value!r} cannot be written to a computed module")
    return text


def _parts(values: Iterable[Any], imports: set[str]) -> str:
    return ", ".join(_expression(each, imports) for each in values)


def _main(names: Iterable[str]) -> None:
    """Write the computed modules of a checkout, the working directory, as JSON."""
    sys.path.insert(0, str(Path.cwd()))
    modules = {name: name.removesuffix(".py").replace("/", ".") for name in names}
    sources = {name: source(importlib.import_module(each)) for name, each in modules.items()}
    sys.stdout.write(json.dumps(sources))


if __name__ == "__main__":
    _main(sys.argv[1:])
