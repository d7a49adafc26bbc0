"""The source of computed modules, as a script, which another process runs.

It is run by its path, in a folder with the sources of the handlers, so it imports no module of the
project but those that it computes.
"""

import importlib
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any


class ComputationError(Exception):
    """A module cannot be computed; the message names the value, or has Python's error."""


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
