"""The shipped stack files are those that the tests deploy, until a user changes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.support.stacks import EXAMPLES, PRESETS, PULL_REQUEST, SHIPPED, stack_of
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Keys whose values only the owner of a stack knows.
_OWNER_KEYS = {"emailFrom", "alerts", "warnings", "jwt", "domain", "smtp"}

# The modules that may read stack files of the project: what the tests deploy, comments of the
# examples, and a check that a stack file is left as it is.
_READ_STACK_FILES = {
    "tests/support/stacks.py",
    "tests/repository/test_shipped_stacks.py",
    "tests/infra/config/test_config.py",
    "tests/local/test_cli.py",
}
_READS = re.compile(
    r"ROOT\b[^\n]*Pulumi\.(?!yaml\")[\w*{]+\W|\b(load|find|of_stack)\(\s*[\"'][^)\n]*, ROOT\b"
)


@pytest.mark.parametrize("copy", [*SHIPPED.values(), PULL_REQUEST], ids=stack_of)
def test_a_shipped_stack_is_the_one_that_tests_deploy(copy: Path) -> None:
    """Until a user changes it, a shipped stack file equals its copy, which the tests deploy."""
    own = ROOT / f"Pulumi.{stack_of(copy)}.yaml"
    if not own.exists() or own.read_bytes() != copy.read_bytes():
        pytest.skip(f"{own.name} is the user's: it differs from {copy.relative_to(ROOT)}")


@pytest.mark.parametrize(
    "path",
    [*SHIPPED.values(), PULL_REQUEST, *EXAMPLES.values(), *PRESETS.values()],
    ids=lambda path: path.name,
)
def test_a_shipped_stack_holds_nothing_that_only_its_owner_knows(path: Path) -> None:
    """No stack file or example has a sender, recipients or hosts, nor the sender in a comment."""
    text = path.read_text(encoding="utf-8")
    config = yaml.safe_load(text)["config"]
    if path != SHIPPED["local"]:  # nothing leaves the machine, and `pulumi up` needs a sender
        assert not _OWNER_KEYS & config.keys()
        assert "emailFrom" not in text
        assert config.get("corsOrigins", []) == []


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_a_shipped_stack_for_customers_knows_its_callers(name: str) -> None:
    """Stacks for customers require authentication, and allow no page to call the API."""
    config = yaml.safe_load(SHIPPED[name].read_text(encoding="utf-8"))["config"]
    assert config["auth"] != "none"
    assert config["corsOrigins"] == []


def test_tests_read_no_stack_file_of_the_user() -> None:
    """Only the modules that are about shipped stack files read those in the project's root."""
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if _READS.search(path.read_text(encoding="utf-8"))
    }
    assert readers <= _READ_STACK_FILES
