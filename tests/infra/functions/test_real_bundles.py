"""The bundles that are really deployed: built with pip for arm64, and their handlers imported."""

from __future__ import annotations

import ast
import functools
import json
import shutil
import struct
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from infra.functions.bundle import Bundler
from tests.infra.support.graph import STACK_FILES, Graph, deployed
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

_PACKAGES = sorted(path.parent.name for path in (ROOT / "handlers").glob("*/handler.py"))
_AARCH64 = 0xB7  # e_machine of an ELF file

# Variables that Lambda sets itself.
_OF_LAMBDA = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}

# Imports handlers as Lambda does, each in a process of its own, without packages' metadata. Only
# boto3, which is part of the runtime, is imported once for all.
_START = """
import importlib, importlib.metadata, json, os, sys, traceback
importlib.metadata.MetadataPathFinder.find_distributions = lambda *args, **options: iter(())
import boto3
for folder, module, variables in json.load(sys.stdin):
    child = os.fork()
    if not child:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)
        try:
            handler = importlib.import_module(module)
            print(handler.__file__, callable(handler.handle), flush=True)
        except BaseException:
            print(folder, traceback.format_exc(), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.fixture(scope="module", autouse=True)
def _compressed_quickly() -> Iterator[None]:
    """Compress as fast as possible, in a third of the time; bundles are small enough even so."""
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


def test_packing_again_gives_the_same_bytes(bundles: dict[str, Path], tmp_path: Path) -> None:
    """Built from copies with other times, a complete bundle has the same name and bytes."""
    (installed,) = bundles["orders"].parent.glob("dependencies-*")
    shutil.copytree(installed, tmp_path / installed.name, copy_function=shutil.copyfile)
    again = Bundler(with_dependencies=True, cache=tmp_path).bundle("orders")
    assert again.name == bundles["orders"].name
    assert again.read_bytes() == bundles["orders"].read_bytes()


@pytest.mark.parametrize("package", _PACKAGES)
def test_bundles_are_small(bundles: dict[str, Path], package: str) -> None:
    """A bundle is below 15 MB zipped, and far below the 250 MB that Lambda unpacks."""
    assert bundles[package].stat().st_size < 15_000_000
    with zipfile.ZipFile(bundles[package]) as archive:
        assert sum(entry.file_size for entry in archive.infolist()) < 100_000_000


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
    assert any(name.startswith("pydantic_core/") for name in compiled)


@pytest.mark.parametrize("package", _PACKAGES)
def test_bundles_hold_no_leftovers(bundles: dict[str, Path], package: str) -> None:
    """A bundle has one handler package and the shared ones, no tests, caches or metadata."""
    with zipfile.ZipFile(bundles[package]) as archive:
        names = archive.namelist()
    ours = {name.split("/")[1] for name in names if name.startswith("handlers/")}
    assert ours == {"__init__.py", "common", "events", "http", "order", "validation", package}
    for name in names:
        folders, _, last = name.rpartition("/")
        assert not {"__pycache__", "bin", ".pytest_cache"} & set(folders.split("/")), name
        assert ".dist-info" not in folders, name
        assert not last.endswith((".pyc", ".pyi")), name
    assert not {name.split("/")[0] for name in names} & {
        "boto3",
        "botocore",
        "aws_xray_sdk",
        "pip",
        "pytest",
    }


@pytest.mark.parametrize("package", _PACKAGES)
def test_bundles_hold_all_that_is_imported(bundles: dict[str, Path], package: str) -> None:
    """Every module that a handler imports is Python's, Lambda's boto3, or in the bundle."""
    with zipfile.ZipFile(bundles[package]) as archive:
        names = archive.namelist()
        held = {name.split("/")[0].removesuffix(".py") for name in names}
        sources = [
            archive.read(name)
            for name in names
            if name.startswith("handlers/") and name.endswith(".py")
        ]
    imported = {name.split(".")[0] for source in sources for name in _imports(source)}
    assert imported <= held | {"boto3", "botocore"} | sys.stdlib_module_names


def _imports(source: bytes) -> list[str]:
    modules: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.append(node.module)
    return modules


def test_handlers_start_from_their_bundles(customised: Graph, tmp_path: Path) -> None:
    """Each handler starts from its unpacked bundle, with exactly the stack's variables."""
    functions = {f"ses-{f['name']}": f for f in deployed(STACK_FILES[0]).all(aws.lambda_.Function)}
    functions["smtp-email"] = customised.named(aws.lambda_.Function, "email")
    starts, expected = [], []
    for label, function in functions.items():
        folder, module = tmp_path / label, function["handler"].removesuffix(".handle")
        with zipfile.ZipFile(function["code"]) as archive:
            archive.extractall(folder)
        starts.append((str(folder), module, {**function["environment"]["variables"], **_OF_LAMBDA}))
        expected.append(f"{folder / module.replace('.', '/')}.py True")
    process = subprocess.run(  # noqa: S603 (the handlers are ours)
        [sys.executable, "-W", "ignore", "-c", _START],
        input=json.dumps(starts),
        env={},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.stdout.splitlines() == expected, process.stderr
