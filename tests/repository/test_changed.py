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
    "tests/stacks/Pulumi.dev.yaml",
    "tests/support/stacks.py",
    "README.md",
)
_IMPORTS = {
    "tests/support/account.py": "from tests.support.stacks import load",
    "tests/handlers/conftest.py": "from tests.support.account import Account",
    "tests/infra/vpc/test_network.py": "from tests.support import account, stacks",
    "tests/local/test_ports.py": "from tests.support.stacks import load",
}


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
    for file in (*_FILES, *_IMPORTS):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(_IMPORTS.get(file, ""), encoding="utf-8")
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
        ("tests/support/account.py", "tests/handlers tests/infra/vpc/test_network.py"),
        ("tests/support/stacks.py", "tests/handlers tests/infra/vpc/test_network.py"),
        ("tests/support/unused.py", ""),
        ("tests/stacks/Pulumi.dev.yaml", "tests/handlers tests/infra"),
        ("tests/conftest.py", "tests/handlers tests/infra"),
    ],
)
def test_the_tests_of_a_changed_file_are_selected(
    repository: Path, file: str, tests: str, *, committed: bool
) -> None:
    """A changed file has the tests of the closest folder; a support module, of its importers."""
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


def test_an_unknown_base_is_an_error(repository: Path) -> None:
    """A BASE that is no commit stops `make fast`, instead of comparing with something else."""
    process = subprocess.run(  # noqa: S603 - the project's script
        [_CHANGED, "python"],
        cwd=repository,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "BASE": "nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr.startswith("BASE=nowhere is no commit")
