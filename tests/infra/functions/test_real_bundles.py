"""The bundles that are really deployed: built with pip for arm64; their size and contents."""

from __future__ import annotations

import ast
import functools
import shutil
import struct
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from infra.functions.bundle import LAMBDA, Bundler
from infra.functions.bundle.botocore_data import OPERATIONS
from infra.functions.bundle.bytecode import find_interpreter
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

_PACKAGES = sorted(path.parent.name for path in (ROOT / "handlers").glob("*/handler.py"))
_AARCH64 = 0xB7  # e_machine of an ELF file

_AWS = {"botocore", "dateutil", "jmespath", "six", "urllib3"}
_VALIDATION = {"pydantic_core", "typing_extensions"}
_EMAIL = {"jinja2", "markupsafe"}
_DEPENDENCIES = {
    "audit": {*_AWS, *_VALIDATION, "simplejson"},
    "email": {*_AWS, *_VALIDATION, *_EMAIL, "simplejson"},
    "intake": {*_AWS, *_VALIDATION, "simplejson"},
    "lookup": {*_AWS, "simplejson"},
    "orders": {*_AWS, *_VALIDATION, "simplejson"},
    "processor": {*_AWS, *_VALIDATION, "simplejson"},
    "relay": {*_AWS, *_VALIDATION, "simplejson"},
}
_OWN = {
    "audit": {"common", "events"},
    "email": {"common", "events", "validation"},
    "intake": {"common", "http", "order", "validation"},
    "lookup": {"common", "http", "order", "validation"},
    "orders": {"common", "http", "order", "validation"},
    "processor": {"common", "events", "order", "validation"},
    "relay": {"common", "events", "validation"},
}


@pytest.fixture(scope="module", autouse=True)
def _compressed_quickly() -> Iterator[None]:
    """Compress as fast as possible, in a third of the time; bundles get a tenth larger."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            zipfile.ZipFile,
            "writestr",
            functools.partialmethod(zipfile.ZipFile.writestr, compresslevel=1),
        )
        yield


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every function's bundle, built from nothing."""
    bundler = Bundler(with_dependencies=True, cache=tmp_path_factory.mktemp("bundles"))
    return {package: bundler.bundle(package) for package in _PACKAGES}


def _names(bundle: Path) -> list[str]:
    with zipfile.ZipFile(bundle) as archive:
        return archive.namelist()


def test_packing_again_gives_the_same_bytes(bundles: dict[str, Path], tmp_path: Path) -> None:
    """Built from copies with other times, a complete bundle has the same name and bytes."""
    (installed,) = bundles["orders"].parent.glob("dependencies-*")
    shutil.copytree(installed, tmp_path / installed.name, copy_function=shutil.copyfile)
    again = Bundler(with_dependencies=True, cache=tmp_path).bundle("orders")
    assert again.name == bundles["orders"].name
    assert again.read_bytes() == bundles["orders"].read_bytes()


@pytest.mark.parametrize("package", _PACKAGES)
def test_bundles_are_small(bundles: dict[str, Path], package: str) -> None:
    """A bundle is below 6 MB zipped, and far below the 250 MB that Lambda unpacks."""
    assert bundles[package].stat().st_size < 6_000_000
    with zipfile.ZipFile(bundles[package]) as archive:
        assert sum(entry.file_size for entry in archive.infolist()) < 20_000_000


@pytest.mark.parametrize("package", _PACKAGES)
def test_bundles_run_on_the_lambdas_processor(bundles: dict[str, Path], package: str) -> None:
    """Every compiled module of a bundle is for arm64 and CPython 3.13; none is missing."""
    with zipfile.ZipFile(bundles[package]) as archive:
        compiled = [name for name in archive.namelist() if ".so" in name]
        for name in compiled:
            assert name.endswith(".cpython-313-aarch64-linux-gnu.so"), name
            header = archive.read(name)[:20]
            assert header[:4] == b"\x7fELF", name
            assert struct.unpack("<H", header[18:20])[0] == _AARCH64, name
    native = {name.partition("/")[0] for name in compiled}
    assert native >= {"pydantic_core", "simplejson"} & _DEPENDENCIES[package]


@pytest.mark.parametrize("package", _PACKAGES)
def test_bundles_hold_what_is_imported(bundles: dict[str, Path], package: str) -> None:
    """A bundle has the packages and distributions that its handler imports, and no others."""
    modules = [name for name in _names(bundles[package]) if name.endswith(".py")]
    packages = {name.split("/")[1] for name in modules if name.startswith("handlers/")}
    assert packages == {"__init__.py", package, *_OWN[package]}
    top_level = {name.partition("/")[0].removesuffix(".py") for name in modules}
    assert top_level == {"handlers", *_DEPENDENCIES[package]}


@pytest.mark.parametrize("package", _PACKAGES)
def test_bundles_hold_no_leftovers(bundles: dict[str, Path], package: str) -> None:
    """A bundle has no tests, stubs or metadata, and of botocore's data that of called services."""
    names = _names(bundles[package])
    for name in names:
        folders, _, last = name.rpartition("/")
        assert not {"bin", "tests", ".pytest_cache"} & set(folders.split("/")), name
        assert ".dist-info" not in folders, name
        assert not last.endswith((".pyi", ".c")), name
    data = [name.split("/") for name in names if name.startswith("botocore/data/")]
    assert {parts[2] for parts in data if len(parts) > 3} == OPERATIONS.keys()
    types = {parts[-1] for parts in data if len(parts) > 3}
    assert types == {"service-2.json", "service-2.sdk-extras.json", "endpoint-rule-set-1.json"}


@pytest.mark.parametrize("package", _PACKAGES)
def test_every_module_has_bytecode(bundles: dict[str, Path], package: str) -> None:
    """Where a Python 3.13 is found, every module of a bundle has its bytecode, and no other."""
    names = _names(bundles[package])
    modules = [name for name in names if name.endswith(".py")]
    expected = {
        f"{folder}{slash}__pycache__/{file.removesuffix('.py')}.cpython-313.pyc"
        for folder, slash, file in (name.rpartition("/") for name in modules)
    }
    compiled = {name for name in names if name.endswith(".pyc")}
    assert compiled == (expected if find_interpreter(LAMBDA) else set())


@pytest.mark.parametrize("package", _PACKAGES)
def test_imports_are_in_the_bundle(bundles: dict[str, Path], package: str) -> None:
    """Every module that a handler imports is Python's, or in the bundle."""
    with zipfile.ZipFile(bundles[package]) as archive:
        names = archive.namelist()
        held = {name.split("/")[0].removesuffix(".py") for name in names}
        sources = [
            archive.read(name)
            for name in names
            if name.startswith("handlers/") and name.endswith(".py")
        ]
    imported = {name.split(".")[0] for source in sources for name in _imports(source)}
    assert imported <= held | sys.stdlib_module_names


def _imports(source: bytes) -> list[str]:
    modules: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.append(node.module)
    return modules
