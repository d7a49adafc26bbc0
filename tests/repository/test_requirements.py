"""The locked requirements: every package has a version and hashes, and pip refuses others."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.wheels import handlers_folder, require
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCKED = (
    "requirements.txt",
    "requirements-dev.txt",
    "policy/requirements.txt",
    "handlers/requirements.txt",
    "release/requirements.txt",
    "benchmarks/requirements.txt",
)
_DIRECT = [*(file.replace(".txt", ".in") for file in _LOCKED), "orderctl/requirements.in"]
_PIN = re.compile(
    r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9, -]+\])?==(\S+?)(?: ; .+)?"
    r"((?: --hash=sha256:[0-9a-f]{64})+)"
)


def _read(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def _entries(file: str) -> list[str]:
    """The lines of a file, joined where they continue, without comments."""
    lines = (" ".join(line.split()) for line in _read(file).replace("\\\n", " ").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _locked(file: str) -> dict[str, str]:
    pins = [_PIN.fullmatch(entry) for entry in _entries(file)]
    return {pin[1]: pin[2] for pin in pins if pin}


def _direct(file: str) -> Iterator[tuple[str, str]]:
    """Every package of an *.in file, or of one that it includes, with its version."""
    for line in _entries(file):
        if line.startswith("-r "):
            path = (ROOT / file).parent / line.removeprefix("-r ")
            yield from _direct(path.relative_to(ROOT).as_posix())
        else:
            name, version = re.sub(r"\[.*\]", "", line).split("==")
            yield name.lower().replace("_", "-"), version


@pytest.mark.parametrize("file", _LOCKED)
def test_every_line_is_a_version_with_its_hashes(file: str) -> None:
    """A locked file has exact versions with hashes, and no option or package index."""
    entries = _entries(file)
    assert entries
    assert [entry for entry in entries if not _PIN.fullmatch(entry)] == []
    assert "://" not in "".join(entries)


@pytest.mark.parametrize("file", _LOCKED)
def test_direct_requirements_are_locked(file: str) -> None:
    """Every package of an *.in file is in its locked file, at the same version."""
    direct = dict(_direct(file.replace(".txt", ".in")))
    assert direct
    assert direct.items() <= _locked(file).items()


@pytest.mark.parametrize("file", _DIRECT)
def test_direct_requirements_are_exact(file: str) -> None:
    """An *.in file names one version of each package, and no index."""
    lines = [line for line in _entries(file) if not line.startswith("-r ")]
    exact = re.compile(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+")
    assert [line for line in lines if not exact.fullmatch(line)] == []


def test_locked_files_agree() -> None:
    """Tests run with the versions of the program's and the handlers' packages."""
    development = _locked("requirements-dev.txt")
    for file in ("requirements.txt", "handlers/requirements.txt", "release/requirements.txt"):
        assert _locked(file).items() <= development.items(), file


def test_an_extra_is_locked_with_its_package() -> None:
    """A package with an extra is locked with it: to pip that is a requirement of its own."""
    assert any(entry.startswith("coverage[toml]==") for entry in _entries("requirements-dev.txt"))


@pytest.mark.parametrize(
    "file",
    [
        "scripts/environment",
        "infra/functions/bundle/dependencies.py",
        "tests/policy/test_process.py",
    ],
)
def test_packages_are_installed_with_hashes(file: str) -> None:
    """Every installation of packages requires hashes, and uses no second index."""
    text = _read(file)
    assert text.count("--require-hashes") == len(re.findall(r"\bpip\b[\"',\s]+install\b", text)) > 0
    assert not re.search(r"--(extra-)?index-url|--find-links", text)


def test_targets_install_through_the_script() -> None:
    """The Makefile and `scripts/install` install Python packages by `scripts/environment` alone."""
    for file in ("Makefile", "scripts/install"):
        text = _read(file)
        assert "scripts/environment" in text
        assert not re.search(r"\b(pip|uv)\b.*\binstall\b", text), file


def test_workflows_install_nothing_by_themselves() -> None:
    """A workflow installs packages by the Makefile or `scripts/install` alone."""
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(pip|pipx|uvx?|npm) |pulumi install", text), path


_PIP = "-m pip install --quiet --disable-pip-version-check --no-compile --no-warn-conflicts"
_UV = "pip install --quiet --no-config --no-cache --require-hashes"
_INSTALLERS = {
    # As `toolchain: pip` of the Pulumi CLI does it: the file's hashes alone make pip check.
    "pip": ([sys.executable, *_PIP.split()], "DO NOT MATCH THE HASHES"),
    # As scripts/environment does it.
    "uv": ([str(Path(sys.executable).parent / "uv"), *_UV.split()], "Hash mismatch"),
}


@pytest.mark.parametrize("tampered", [False, True])
@pytest.mark.parametrize("installer", _INSTALLERS)
def test_a_changed_package_is_refused(tmp_path: Path, installer: str, *, tampered: bool) -> None:
    """A package with the locked hash is installed; one with another hash is refused."""
    folder, target = handlers_folder(tmp_path / "handlers"), tmp_path / "packages"
    requirements = folder / "requirements.txt"
    require(folder, "py3-none-any")
    if tampered:
        (wheel,) = (tmp_path / "wheels").iterdir()
        locked = hashlib.sha256(wheel.read_bytes()).hexdigest()
        wheel.write_bytes(wheel.read_bytes() + b"\0")
        assert locked in requirements.read_text(encoding="utf-8")
    command, refusal = _INSTALLERS[installer]
    command = [*command, "--target", str(target), "--requirement", str(requirements)]
    install = subprocess.run(  # noqa: S603 - a constant command
        command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin"}
    )
    assert (install.returncode != 0) is tampered, install.stderr
    assert (refusal in install.stderr) is tampered
    assert (target / "tiny").exists() is not tampered
