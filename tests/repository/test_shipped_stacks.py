"""The stack files beside the program: as shipped they are those that the tests deploy, then they are the user's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.support.stacks import EXAMPLES, SHIPPED
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Keys that only the owner of a stack knows.
_OWNERS = {
    "emailFrom",
    "alerts",
    "warnings",
    "jwt",
    "domain",
    "smtp",
}

# The modules that may look for stack files in the project: those that say what the tests deploy, one about comments of
# the examples, and one that checks that a stack file is left as it is.
_ABOUT_STACK_FILES = {
    "tests/support/stacks.py",
    "tests/repository/test_shipped_stacks.py",
    "tests/infra/config/test_config.py",
    "tests/local/test_cli.py",
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_stack_is_the_one_that_tests_deploy(name: str) -> None:
    """Until a user changes it, a shipped stack file is equal to its copy, which the tests deploy."""
    own = ROOT / f"Pulumi.{name}.yaml"
    if not own.exists() or own.read_bytes() != SHIPPED[name].read_bytes():
        pytest.skip(
            f"{own.name} is the user's own: it differs from {SHIPPED[name].relative_to(ROOT)}"
        )


@pytest.mark.parametrize(
    "path", [*SHIPPED.values(), *EXAMPLES.values()], ids=lambda path: path.name
)
def test_a_shipped_stack_holds_nothing_that_only_its_owner_knows(path: Path) -> None:
    """No shipped stack file and no example has a sender, receivers or hosts, nor says the sender's key in a comment."""
    text = path.read_text(encoding="utf-8")
    config = yaml.safe_load(text)["config"]
    if path == SHIPPED["local"]:
        return  # nothing leaves the machine, and `pulumi up -s local` needs a sender
    assert not _OWNERS & config.keys()
    assert "emailFrom" not in text
    assert config.get("corsOrigins", []) == []


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_a_shipped_stack_for_customers_knows_its_callers(name: str) -> None:
    """Where customers order, not everybody can have the shop send emails, and no page may call the API unasked."""
    config = yaml.safe_load(SHIPPED[name].read_text(encoding="utf-8"))["config"]
    assert config["auth"] != "none"
    assert config["corsOrigins"] == []


def test_tests_read_no_stack_file_of_the_user() -> None:
    """No test looks for a stack file in the project, but for the modules that are about those that are shipped."""
    looks = re.compile(
        r"ROOT\b[^\n]*Pulumi\.[\w*{]+\W|\b(load|find|of_stack)\(\s*[\"'][^)\n]*, ROOT\b"
    )
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if any(
            not match[0].endswith('Pulumi.yaml"')
            for match in looks.finditer(path.read_text(encoding="utf-8"))
        )
    }
    assert found <= _ABOUT_STACK_FILES
