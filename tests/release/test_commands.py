"""The commands record, canary and rollback, as they are typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

import pytest
from typer.testing import CliRunner

from orderctl.cli_support import Settings
from release import cli
from release.versions import permissions
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from orderctl.stack import Outputs, Stack
    from tests.release.support.account import Account

_ACTIONS = {action for each in permissions.PERMISSIONS for action in each.actions}

Run: TypeAlias = "Callable[..., Result]"


@pytest.fixture
def run(account: Account, tmp_path: Path) -> Run:
    """Run a command of `python -m release` on the account."""

    def invoke(*arguments: str) -> Result:
        outputs = tmp_path / "outputs.json"
        outputs.write_text(json.dumps(account.outputs))
        settings = Settings(connect=lambda _: account.stack)
        command = [*arguments, "--outputs", str(outputs)]
        return CliRunner().invoke(cli.app, command, obj=settings)

    return invoke


def _update(account: Account, run: Run, *packages: str) -> None:
    """A deployment without `canary`, done by its commands."""
    account.steps = {}
    assert run("record").exit_code == 0
    account.up(*packages, moves=True)
    released = run("canary")
    assert released.exit_code == 0
    assert "Released by `pulumi up`, all at once: email 2." in released.stdout


def test_record_prints_what_is_live(account: Account, run: Run) -> None:
    """`record` prints the live versions, and can be run again."""
    for _ in range(2):
        assert run("record").stdout == "Recorded as live: audit 1, email 1, relay 1.\n"
    assert account.live() == {"audit": "1", "email": "1", "relay": "1"}


def test_a_rollback_of_an_update(account: Account, run: Run) -> None:
    """`rollback` returns, says what Pulumi does next, and says so where there is nothing to do."""
    _update(account, run, "email")
    result = run("rollback")
    assert result.exit_code == 0
    assert "  email 2 -> 1\n" in result.stdout
    assert "Pulumi's state still has the versions that were rolled back" in result.stdout
    assert "Nothing to roll back" in run("rollback").stdout
    assert account.live()["email"] == "1"


def test_a_dry_run_changes_nothing(account: Account, run: Run) -> None:
    """`rollback --dry-run` prints the same, and changes nothing."""
    _update(account, run, "email")
    account.calls.clear()
    result = run("rollback", "--dry-run")
    assert "A rollback would return:\n  email 2 -> 1\n" in result.stdout
    assert not account.writes
    assert account.live()["email"] == "2"


def test_a_rollback_of_a_canary(account: Account, run: Run) -> None:
    """`rollback` in the middle of a canary takes the weight away."""
    account.up("email")
    account.killed(lambda: account.canary().run(), 4)
    result = run("rollback")
    assert "  email 2 -> 1 (it had 10 %)\n" in result.stdout
    assert "--retry" in result.stdout
    refused = run("canary")
    assert refused.exit_code == 1
    assert "email 2 was rolled back" in refused.stderr
    assert account.live()["email"] == "1"


@pytest.mark.parametrize("text", ["email", "email=", "email=x", "email=$LATEST"])
def test_a_version_that_is_none(run: Run, text: str) -> None:
    """A version that is no number is wrong usage."""
    result = run("rollback", "--to", text)
    assert result.exit_code == 2
    assert "write --to email=6" in result.stderr


def test_an_error_of_aws_is_one_sentence(account: Account, run: Run) -> None:
    """A function that does not exist ends a command with one sentence and exit code 1."""
    name = "shop-prod-email"
    account.awslambda.delete_alias(FunctionName=name, Name="live")
    result = run("rollback")
    assert result.exit_code == 1
    assert result.stderr.startswith("AWS refused GetAlias")
    assert result.stderr.count("\n") == 1


def test_the_permissions_are_those_of_the_calls(account: Account, run: Run) -> None:
    """Every call of the commands is in the table of permissions, and none is there in vain."""
    account.up("email")
    account.calls.clear()
    run("record")
    account.canary().run()
    run("rollback", "--to", "email=1")
    assert {call.replace(".", ":") for call in account.calls} == _ACTIONS


def test_the_page_lists_the_permissions() -> None:
    """The table in docs/canary.md is up to date."""
    page = (ROOT / "docs" / "canary.md").read_text(encoding="utf-8")
    assert permissions.generate(page) == page


@pytest.mark.parametrize("command", ["canary", "record", "rollback", "smoke"])
def test_an_unexpected_error_names_the_program(
    account: Account, tmp_path: Path, command: str
) -> None:
    """An error that nobody has foreseen is one sentence, which begins with the program's name."""

    def connect(_: Outputs) -> Stack:
        raise RuntimeError("unforeseen")

    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(account.outputs))
    arguments = [command, "--outputs", str(outputs)]
    result = CliRunner().invoke(cli.app, arguments, obj=Settings(connect=connect))
    assert result.exit_code == 1
    assert result.stderr.startswith("release failed: RuntimeError: unforeseen.")
