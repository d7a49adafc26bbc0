"""Bytecode in bundles: the same on every machine, made by a Python of the target's version."""

from __future__ import annotations

import dataclasses
import importlib.util
import marshal
import shutil
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from infra.functions.bundle import LAMBDA, BundleError, Bundler, Target
from infra.functions.bundle.bytecode import find_interpreter
from tests.support.wheels import PURE, handlers_folder, require

if TYPE_CHECKING:
    from pathlib import Path

_THIS = Target.of_this_machine()
# A version that no machine has, with the bytecode of the running one.
_UNKNOWN = dataclasses.replace(_THIS, python_version="3.99", interpreter=None)

# What could be written in another order, or differ by the folder.
_SOURCE = '''"""A module."""

import sys

WORDS = {"b", "a", "c", "d", "e", "f"}


def is_known(word, *, also=("x", "y"), **options):
    """Whether a word is known."""
    return word in {"alpha", "beta", "gamma", "delta", "epsilon"} or (lambda: word in also)()
'''


def _handlers(folder: Path) -> Path:
    handlers = handlers_folder(folder / "handlers", "orders")
    (handlers / "orders" / "handler.py").write_text(_SOURCE, encoding="utf-8")
    require(handlers, PURE)
    return handlers


def _bundle(handlers: Path, target: Target = _THIS) -> Path:
    bundler = Bundler(
        with_dependencies=True, handlers=handlers, cache=handlers.parent / "cache", target=target
    )
    return bundler.bundle("orders")


def _bytecode(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".pyc")]
        return {name: archive.read(name) for name in names}


def _executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def _python(path: Path, magic_number: str = _THIS.magic_number) -> Path:
    """A Python that says to be of the unknown version, and compiles as the running one."""
    description = (
        f'{{"implementation": "cpython", "version": "3.99", "magic_number": "{magic_number}"}}'
    )
    return _executable(
        path,
        f"case \"$*\" in *compileall*) exec '{sys.executable}' \"$@\";; esac\necho '{description}'",
    )


@pytest.fixture(autouse=True)
def _no_other_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search for Python and uv in one folder, which is empty at first."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def test_bytecode_is_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built in other folders and with other hash seeds, bundles have the same bytes."""
    original, built = _handlers(tmp_path), []
    for seed, folder in enumerate(["a", "b/c", "another one"]):
        monkeypatch.setenv("PYTHONHASHSEED", str(seed))
        built.append(_bundle(shutil.copytree(original, tmp_path / folder / "handlers")))
    assert len({path.name for path in built}) == 1
    assert len({path.read_bytes() for path in built}) == 1
    assert "handlers/orders/__pycache__/handler." in "".join(_bytecode(built[0]))


def test_bytecode_is_used_unchecked(tmp_path: Path) -> None:
    """Python uses the bytecode without comparing the source; tracebacks name Lambda's folder."""
    modules = _bytecode(_bundle(_handlers(tmp_path)))
    assert modules
    for name, content in modules.items():
        assert content[:4] == importlib.util.MAGIC_NUMBER
        assert content[4:8] == b"\1\0\0\0"  # PEP 552: hash-based, not checked
        folder, _, file = name.partition("__pycache__/")
        code = marshal.loads(content[16:])  # noqa: S302 - compiled above
        assert code.co_filename == f"/var/task/{folder}{file.partition('.')[0]}.py"


def test_a_module_that_cannot_be_compiled_is_named(tmp_path: Path) -> None:
    """Syntax that the running Python knows and the function's does not stops the deployment."""
    handlers = _handlers(tmp_path)
    require(handlers, "py3-none-any")
    python = _python(tmp_path / "bin" / "python3.99")
    python.write_text(
        python.read_text(encoding="utf-8").replace(
            "exec ", "echo '*** Error compiling handler.py'; exit 1; exec "
        ),
        encoding="utf-8",
    )
    with pytest.raises(BundleError, match=r"python3\.99 could not compile .*: \*\*\* Error compil"):
        _bundle(handlers, _UNKNOWN)


def test_without_the_targets_python_there_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bundles have no bytecode then, and one warning says what that costs and what to install."""
    handlers = handlers_folder(tmp_path / "handlers", "orders", "audit")
    require(handlers, "py3-none-any")
    cache = tmp_path / "cache"
    bundler = Bundler(with_dependencies=True, handlers=handlers, cache=cache, target=_UNKNOWN)
    for path in bundler.bundle_all():
        assert _bytecode(path) == {}
    warnings = capsys.readouterr().err.splitlines()
    assert len(warnings) == 1
    assert "no bytecode, because there is no Python 3.99" in warnings[0]
    assert "twice the CPU time" in warnings[0]
    assert "`uv python install 3.99`" in warnings[0]


def test_a_bundle_without_bytecode_is_replaced(tmp_path: Path) -> None:
    """Once the target's Python is installed, the cached bundle without bytecode is not used."""
    handlers = _handlers(tmp_path)
    require(handlers, "py3-none-any")
    before = _bundle(handlers, _UNKNOWN)
    _python(tmp_path / "bin" / "python3.99")
    after = _bundle(handlers, _UNKNOWN)
    assert after.name != before.name
    assert not _bytecode(before)
    assert _bytecode(after)


def test_the_running_python_comes_first() -> None:
    """The Python that runs the program is used if it is of the target's version."""
    target = dataclasses.replace(_THIS, interpreter=None)
    assert str(find_interpreter(target)) == sys.executable


def test_a_python_on_path_is_found(tmp_path: Path) -> None:
    """`python<version>` on PATH is used if the running Python is of another version."""
    python = _python(tmp_path / "bin" / "python3.99")
    assert find_interpreter(_UNKNOWN) == python


def test_a_python_of_uv_is_found(tmp_path: Path) -> None:
    """A shim of pyenv, which fails, is skipped; the Python that uv has installed is used."""
    _executable(tmp_path / "bin" / "python3.99", "echo 'command not found' >&2; exit 127")
    python = _python(tmp_path / "uv" / "python")
    _executable(tmp_path / "bin" / "uv", f"echo '{python}'")
    assert find_interpreter(_UNKNOWN) == python


def test_a_python_of_pyenv_is_found(tmp_path: Path) -> None:
    """A version that pyenv has installed is used, also if its shim does not start it."""
    _executable(tmp_path / "bin" / "python3.99", "echo 'command not found' >&2; exit 127")
    python = _python(tmp_path / "versions" / "3.99.0" / "bin" / "python")
    _executable(tmp_path / "bin" / "pyenv", f"echo '{python.parents[1]}'")
    assert find_interpreter(_UNKNOWN) == python


@pytest.mark.parametrize(
    "script",
    ["exit 127", "echo 3.99", "true", "echo '{}'"],
    ids=["fails", "other output", "no output", "no description"],
)
def test_what_is_no_python_is_not_used(tmp_path: Path, script: str) -> None:
    """A file of that name which is no Python is not used."""
    _executable(tmp_path / "bin" / "python3.99", script)
    assert find_interpreter(_UNKNOWN) is None


def test_a_python_with_other_bytecode_is_not_used(tmp_path: Path) -> None:
    """A pre-release has another magic number: Lambda would ignore its bytecode."""
    _python(tmp_path / "bin" / "python3.99", magic_number="00000d0a")
    assert find_interpreter(_UNKNOWN) is None


@pytest.mark.skipif(
    LAMBDA.python_version != "{}.{}".format(*sys.version_info), reason="another Python runs this"
)
def test_the_magic_number_is_that_of_lambdas_python() -> None:
    """The magic number is the one of Python 3.13."""
    assert importlib.util.MAGIC_NUMBER.hex() == LAMBDA.magic_number


def test_a_missing_interpreter_is_an_error(tmp_path: Path) -> None:
    """A target of this machine needs an interpreter that runs."""
    with pytest.raises(ValueError, match="no CPython that runs"):
        Target.of_this_machine(tmp_path / "python")
