"""Bytecode (`.pyc`) in bundles, because Lambda's /var/task is read-only.

Without it, each cold start compiles every module that it imports.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import pulumi

from infra.functions.bundle.files import write_into
from infra.functions.bundle.sources import BundleError
from infra.functions.bundle.target import Target

# Where Lambda unpacks a bundle: tracebacks name this folder, wherever the bytecode was compiled.
_LAMBDA_FOLDER: Final = "/var/task"


def find_interpreter(target: Target) -> Path | None:
    """Return a Python of this machine that compiles for the target; None if there is none."""
    candidates = [target.interpreter] if target.interpreter else _candidates(target.python_version)
    return next(filter(target.is_python_of, candidates), None)


def warn_without_bytecode(target: Target) -> None:
    """Report that bundles have no bytecode, what that costs, and how to change it."""
    version = target.python_version
    pulumi.log.warn(
        f"The Lambda bundles have no bytecode, because there is no Python {version} on this "
        "machine: each cold start compiles all modules and takes about twice the CPU time. "
        f"Install Python {version}, for example with `uv python install {version}`, so that "
        f"`python{version}`, uv or pyenv finds it; the next deployment replaces the bundles."
    )


def compiled(interpreter: Path, sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the bytecode of the modules in `sources`, by path in the bundle.

    It depends on names and contents alone. A module is not compared with its bytecode when it is
    imported ("unchecked hash").

    Raises:
        BundleError: a module cannot be compiled; the message names it.
    """
    with tempfile.TemporaryDirectory() as folder:
        modules = {name: text for name, text in sources.items() if name.endswith(".py")}
        write_into(Path(folder), modules)
        # Without site-packages, so that what is installed there has no influence.
        options = ["--invalidation-mode", "unchecked-hash", "-s", folder, "-p", _LAMBDA_FOLDER]
        result = subprocess.run(  # noqa: S603 (a verified interpreter, own paths)
            [interpreter, "-I", "-S", "-m", "compileall", "-q", *options, folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            problem = " ".join(result.stdout.replace(f"{folder}/", "").split())
            raise BundleError(f"{interpreter} could not compile the bundle: {problem}")
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in Path(folder).rglob("*.pyc")
        }


def source_of(name: str) -> str:
    """Return the path of the module that a file is the bytecode of, and any other path unchanged.

    `email/__pycache__/text.cpython-313.pyc` is the bytecode of `email/text.py`.
    """
    path = PurePosixPath(name)
    if path.parent.name != "__pycache__":
        return name
    return str(path.parents[1] / f"{path.name.partition('.')[0]}.py")


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    # `scripts/environment` installs uv beside Python.
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if found := _output(uv, "python", "find", "--python-preference", "only-managed", version):
        yield Path(found)
    # A version that pyenv has installed is not always the one that its `python3.13` starts.
    if found := _output(shutil.which("pyenv"), "prefix", version):
        yield Path(found, "bin", "python")


def _output(command: str | None, *arguments: str) -> str | None:
    """Return what a command of the user's prints; None if it is not there, or fails."""
    if command is None:
        return None
    process = subprocess.run(  # noqa: S603 (the user's uv or pyenv, constant arguments)
        [command, *arguments], capture_output=True, text=True, check=False
    )
    return process.stdout.strip() if process.returncode == 0 else None
