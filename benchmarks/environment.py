"""What the measured processes run with: Lambda's runtime client, unpacked bundles, peers."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING, Final

from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_REQUIREMENTS: Final = ROOT / "benchmarks" / "requirements.txt"
_READ_ONLY_FILE: Final = 0o444
_READ_ONLY_FOLDER: Final = 0o555


def runtime(interpreter: Path) -> Path:
    """Return the Python of an environment with Lambda's runtime client and boto3, with bytecode.

    Raises:
        UserError: it could not be installed.
    """
    contents = f"{interpreter} {version(interpreter)}".encode() + _REQUIREMENTS.read_bytes()
    folder = ROOT / ".bundles" / f"bench-runtime-{hashlib.sha256(contents).hexdigest()[:16]}"
    python = folder / "bin" / "python"
    if (folder / ".ready").exists():
        return python
    install = subprocess.run(  # noqa: S603 (a script of this project)
        [
            ROOT / "scripts" / "environment",
            folder.relative_to(ROOT),
            _REQUIREMENTS.relative_to(ROOT),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHON": str(interpreter)},
        capture_output=True,
        text=True,
        check=False,
    )
    if install.returncode != 0:
        reason = " ".join(install.stderr.split())
        raise UserError(f"Lambda's runtime client could not be installed: {reason}")
    compile_folder(folder / "lib", python)
    (folder / ".ready").touch()
    return python


def version(python: Path) -> str:
    """Return an interpreter's version, such as `3.13.0`."""
    process = subprocess.run(  # noqa: S603 (an interpreter of this run)
        [python, "-c", "import platform; print(platform.python_version())"],
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.strip()


def unpack(bundle: Path, folder: Path) -> Path:
    """Unpack a bundle into a new folder, read-only as Lambda's `/var/task`, and return that."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(_READ_ONLY_FOLDER if path.is_dir() else _READ_ONLY_FILE)
    return folder


def copy_peers(baseline: Path, folder: Path, python: Path) -> Path:
    """Copy the printed handlers into a new folder, with bytecode, and return that."""
    shutil.copytree(baseline, folder, ignore=shutil.ignore_patterns("__pycache__"))
    compile_folder(folder, python)
    return folder


def compile_folder(folder: Path, python: Path) -> None:
    """Write the bytecode of a folder's modules."""
    command: list[str | Path] = [python, "-m", "compileall", "-q", folder]
    # A package may hold a module that this Python cannot compile, and that no function imports.
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 (paths of this module)
