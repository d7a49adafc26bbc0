"""Generated wheels, so that bundles are built without a package index."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# The Python version is the running one, so that there is a Python that compiles.
_PYTHON = f"cp{sys.version_info.major}{sys.version_info.minor}"
ARM64 = f"{_PYTHON}-{_PYTHON}-manylinux2014_aarch64"
INTEL = f"{_PYTHON}-{_PYTHON}-manylinux2014_x86_64"
PURE = f"{_PYTHON}-none-any"

_HANDLER = '''"""Handles {}."""

import tiny

from handlers import common
'''
_CONTENT = {
    "tiny/__init__.py": "",
    "tiny/_speedups.cpython-313-aarch64-linux-gnu.so": "",
    "tiny/stub.pyi": "",
    "tiny/__pycache__/old.pyc": "",
}


def handlers_folder(root: Path, *packages: str) -> Path:
    """A folder of handlers, such as the project's own, with an entry point per package."""
    for package in (*packages, "common"):
        (root / package).mkdir(parents=True, exist_ok=True)
        (root / package / "__init__.py").write_text(f'"""Of {package}."""\n', encoding="utf-8")
    for package in packages:
        (root / package / "handler.py").write_text(_HANDLER.format(package), encoding="utf-8")
    (root / "__init__.py").touch()
    return root


def require(
    handlers: Path, tag: str = ARM64, *, digest: str | None = None, version: str = "1.0"
) -> None:
    """Lock the handlers to one wheel for a platform, with its hash or another one."""
    wheel = handlers.parent / "wheels" / f"tiny-{version}-{tag}.whl"
    wheel.parent.mkdir(exist_ok=True)
    metadata = {
        "METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        "WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {tag}\n",
        "RECORD": "",
    }
    files = {f"tiny-{version}.dist-info/{name}": text for name, text in metadata.items()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in {**_CONTENT, **files}.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    if digest is None:
        digest = f" --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
    text = f"--no-index\n--find-links {wheel.parent}\ntiny=={version}{digest}\n"
    (handlers / "requirements.txt").write_text(text, encoding="utf-8")
