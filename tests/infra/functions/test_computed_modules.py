"""Computed modules: bundles hold the values of `handlers/*/schemas.py`."""

from __future__ import annotations

import compileall
import os
import types
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

import handlers.events.schemas
import handlers.processor.schemas
import handlers.validation.schemas
from infra.functions.bundle import BundleError, Bundler
from infra.functions.bundle.computed import with_computed_modules
from infra.functions.bundle.computed_source import ComputationError, source
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_MODULES = (handlers.events.schemas, handlers.processor.schemas, handlers.validation.schemas)


def _executed(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    exec(text, values)  # noqa: S102 - the module that a function would import
    return values


@pytest.mark.parametrize("module", _MODULES, ids=lambda module: module.__name__)
def test_a_computed_module_has_the_values_of_its_source(module: types.ModuleType) -> None:
    """A bundle's module has the same public values, and does not import pydantic."""
    text = source(module)

    values = _executed(text)
    assert module.__all__
    for name in module.__all__:
        assert values[name] == getattr(module, name)
    assert "import pydantic" not in text


@pytest.mark.slow
def test_every_module_named_schemas_is_computed(tmp_path: Path) -> None:
    """All modules of that name are replaced, and no other."""
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / "handlers").rglob("*.py")
    }
    computed = with_computed_modules(sources, cache=tmp_path)

    changed = {name for name, content in sources.items() if computed[name] != content}
    assert changed == {name for name in sources if name.endswith("/schemas.py")}
    assert {f"{module.__name__.replace('.', '/')}.py" for module in _MODULES} == changed


@pytest.mark.slow
def test_an_edit_is_in_the_next_bundle(tmp_path: Path) -> None:
    """The next bundle has an edit, also one that bytecode of the same second and size hides."""
    package = tmp_path / "handlers" / "orders"
    package.mkdir(parents=True)
    for path in (package.parent / "__init__.py", package / "__init__.py"):
        path.touch()
    (package / "handler.py").write_text("from handlers.orders import schemas\n")
    module = package / "schemas.py"
    module.write_text('__all__ = ["LIMIT"]\nLIMIT = 1000\n')
    times = module.stat().st_atime_ns, module.stat().st_mtime_ns
    compileall.compile_dir(package, quiet=2)
    assert b"LIMIT = 1000" in _bundled(package.parent)

    module.write_text(module.read_text().replace("1000", "2000"))
    os.utime(module, ns=times)
    assert b"LIMIT = 2000" in _bundled(package.parent)


def _bundled(handlers: Path) -> bytes:
    """The computed module of a new bundle."""
    bundler = Bundler(with_dependencies=False, handlers=handlers, cache=handlers.parent / "cache")
    with zipfile.ZipFile(bundler.bundle("orders")) as archive:
        return archive.read("handlers/orders/schemas.py")


@pytest.mark.parametrize(
    "value",
    [1.5, object(), lambda: None, {"key": {1, 2}}],
    ids=["float", "object", "lambda", "set"],
)
def test_other_values_cannot_be_computed(value: Any) -> None:
    """A value that is neither a constant nor has a name is an error, and is not written."""
    module = types.ModuleType("schemas")
    module.VALUE = value  # type: ignore[attr-defined]
    module.__all__ = ["VALUE"]  # type: ignore[attr-defined]

    with pytest.raises(ComputationError, match="cannot be written"):
        source(module)


@pytest.mark.slow
def test_a_module_that_fails_stops_the_build(tmp_path: Path) -> None:
    """An error in such a module is one sentence, and no bundle is written."""
    package = tmp_path / "handlers" / "validation"
    (tmp_path / "handlers" / "orders").mkdir(parents=True)
    package.mkdir()
    for path in (package.parent / "__init__.py", package / "__init__.py"):
        path.touch()
    (package.parent / "orders" / "handler.py").touch()
    (package / "schemas.py").write_text("import no_such_module\n")
    bundler = Bundler(with_dependencies=False, handlers=package.parent, cache=tmp_path / "cache")

    with pytest.raises(BundleError, match="No module named 'no_such_module'"):
        bundler.bundle("orders")
    assert not list(tmp_path.rglob("*.zip"))
