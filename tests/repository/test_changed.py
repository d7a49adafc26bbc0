"""`scripts/changed`, which chooses what `make fast` checks."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_FILES = (
    "handlers/email/text.py",
    "handlers/shared/aws.py",
    "local/ports.py",
    "tests/handlers/email/test_text.py",
    "tests/handlers/test_aws.py",
    "tests/handlers/conftest.py",
    "tests/local/test_ports.py",
    "tests/support/stacks.py",
    "README.md",
)


_CHANGED = str(ROOT / "scripts" / "changed")


def _run(folder: Path, *command: str) -> str:
    who = [f"GIT_{role}_{key}" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)}
    environment |= dict.fromkeys(who, "a")
    process = subprocess.run(  # noqa: S603 - constant commands
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return process.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit on main and a branch checked out."""
    for file in _FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("", encoding="utf-8")
    for command in ("init -b main", "add .", "commit --message first", "checkout -b branch"):
        _run(tmp_path, "git", *command.split())
    return tmp_path


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("handlers/email/text.py", "tests/handlers/email"),
        ("handlers/email/new.py", "tests/handlers/email"),
        ("handlers/email/template.html", "tests/handlers/email"),
        ("handlers/shared/aws.py", "tests/handlers"),
        ("tests/handlers/test_aws.py", "tests/handlers/test_aws.py"),
        ("tests/handlers/conftest.py", "tests/handlers"),
        ("local/ports.py", ""),
        ("tests/local/test_ports.py", ""),
        ("README.md", ""),
    ],
)
def test_the_tests_of_a_changed_file_are_those_of_its_folder(
    repository: Path, file: str, tests: str, *, committed: bool
) -> None:
    """The tests of a changed file are those of its folder, or of the closest one above it."""
    (repository / file).write_text("changed", encoding="utf-8")
    if committed:
        _run(repository, "git", "add", ".")
        _run(repository, "git", "commit", "--message", "second")
    assert _run(repository, _CHANGED, "tests").split() == tests.split()
    expected = [file] if file.endswith(".py") else []
    assert _run(repository, _CHANGED, "python").split() == expected


def test_a_deleted_file_is_tested_but_not_linted(repository: Path) -> None:
    """A module that was deleted has its folder's tests run, and is not given to ruff."""
    (repository / "handlers/email/text.py").unlink()
    assert _run(repository, _CHANGED, "tests").split() == ["tests/handlers/email"]
    assert _run(repository, _CHANGED, "python") == ""
