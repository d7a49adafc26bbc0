"""The locked requirements: every package has a version and a hash, and pip refuses what differs from them."""

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
)
_PIN = re.compile(
    r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9, -]+\])?==(\S+?)(?: ; .+)?((?: --hash=sha256:[0-9a-f]{64})+)"
)


def _entries(file: str) -> list[str]:
    """The lines of a locked file, joined where they continue, without comments."""
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    return [
        " ".join(line.split())
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


def _locked(file: str) -> dict[str, str]:
    found = [_PIN.fullmatch(entry) for entry in _entries(file)]
    return {match[1]: match[2] for match in found if match}


def _direct(file: str) -> Iterator[tuple[str, str]]:
    """Every package that an *.in file asks for, or one that it includes, with its version."""
    path = ROOT / file
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from _direct(
                (path.parent / line.removeprefix("-r ")).relative_to(ROOT).as_posix()
            )
        elif line and not line.startswith("#"):
            name, version = re.sub(r"\[.*\]", "", line).split("==")
            yield name.lower().replace("_", "-"), version


@pytest.mark.parametrize("file", _LOCKED)
def test_every_line_is_a_version_with_its_hashes(file: str) -> None:
    """A locked file holds exact versions with hashes, and neither options nor addresses of a package index."""
    entries = _entries(file)
    assert entries
    assert [entry for entry in entries if not _PIN.fullmatch(entry)] == []
    assert "://" not in "".join(entries)


@pytest.mark.parametrize("file", _LOCKED)
def test_what_is_asked_for_is_locked(file: str) -> None:
    """Every package of an *.in file is in its locked file, at the version that it asks for."""
    asked = dict(_direct(file.replace(".txt", ".in")))
    assert asked
    assert asked.items() <= _locked(file).items()


@pytest.mark.parametrize(
    "file", [*(file.replace(".txt", ".in") for file in _LOCKED), "orderctl/requirements.in"]
)
def test_what_is_asked_for_is_exact(file: str) -> None:
    """An *.in file names one version of each package, and no index."""
    text = (ROOT / file).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "-r "))]
    assert [
        line for line in lines if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+", line)
    ] == []


def test_locked_files_agree() -> None:
    """A package of the program or of the handlers has the same version where it is developed."""
    developed = _locked("requirements-dev.txt")
    for file in ("requirements.txt", "handlers/requirements.txt"):
        assert _locked(file).items() <= developed.items(), file


def test_an_extra_is_locked_with_its_package() -> None:
    """What a package asks for with an extra is locked with it: to pip that is a requirement of its own."""
    assert any(entry.startswith("coverage[toml]==") for entry in _entries("requirements-dev.txt"))


@pytest.mark.parametrize(
    "file", ["scripts/environment", "infra/functions/bundle.py", "tests/policy/support/engine.py"]
)
def test_packages_are_installed_with_hashes(file: str) -> None:
    """Every installation of packages requires hashes, and uses no second index."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert text.count("--require-hashes") == len(re.findall(r"\bpip\b[\"',\s]+install\b", text)) > 0
    assert not re.search(r"--(extra-)?index-url|--find-links", text)


def test_targets_install_through_the_script() -> None:
    """The Makefile and `scripts/install` install Python packages through `scripts/environment` alone."""
    for file in ("Makefile", "scripts/install"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "scripts/environment" in text
        assert not re.search(r"\b(pip|uv)\b.*\binstall\b", text), file


def test_workflows_install_nothing_by_themselves() -> None:
    """A workflow installs packages through the Makefile or `scripts/install`, and in no other way."""
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(pip|pipx|uvx?|npm) |pulumi install", text), path


_QUICK = "--no-warn-conflicts"  # without a look at what else is installed, which takes longer than all the rest
_UV = Path(sys.executable).parent / "uv"
_INSTALLERS = {
    # As `toolchain: pip` of the Pulumi CLI does it: without the option, the file's hashes alone have pip check.
    "pip": (
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-compile",
            _QUICK,
        ],
        "DO NOT MATCH THE HASHES",
    ),
    # As scripts/environment does it.
    "uv": (
        [str(_UV), "pip", "install", "--quiet", "--no-config", "--no-cache", "--require-hashes"],
        "Hash mismatch",
    ),
}


@pytest.mark.parametrize("tampered", [False, True])
@pytest.mark.parametrize("installer", _INSTALLERS)
def test_a_changed_package_is_refused(tmp_path: Path, installer: str, *, tampered: bool) -> None:
    """A package with the locked hash is installed, and one of the same name and version with another is refused."""
    folder = handlers_folder(tmp_path / "handlers")
    require(folder, "py3-none-any")
    if tampered:
        (wheel,) = (tmp_path / "wheels").iterdir()
        locked = hashlib.sha256(wheel.read_bytes()).hexdigest()
        wheel.write_bytes(wheel.read_bytes() + b"\0")
        assert locked in (folder / "requirements.txt").read_text(encoding="utf-8")
    command, refusal = _INSTALLERS[installer]
    command = [
        *command,
        "--target",
        str(tmp_path / "packages"),
        "--requirement",
        str(folder / "requirements.txt"),
    ]
    done = subprocess.run(  # noqa: S603 - ours
        command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin"}
    )
    assert (done.returncode != 0) is tampered, done.stderr
    assert (refusal in done.stderr) is tampered
    assert (tmp_path / "packages" / "tiny").exists() is not tampered
