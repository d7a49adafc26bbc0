"""Deployment: the order of its steps, and what a failure of each leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from orderctl.cli_support import Settings
from release import cli, deploy, pulumi
from release.versions import record
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from release.versions.aliases import Aliases
    from tests.release.support.account import Account

_OLD = {"audit": "1", "email": "1", "relay": "1"}
_NEW = {"audit": "1", "email": "2", "relay": "2"}


def _fail(sentence: str = "It failed.") -> None:
    raise UserError(sentence)


def _steps(account: Account, *, moves: bool, **steps: Any) -> deploy.Steps:
    """A deployment that publishes two functions; with `moves` without `canary`."""

    def up() -> None:
        account.up("email", "relay", moves=moves)

    def release() -> None:
        if moves:
            record.complete_update(account.aliases, account.aliases.read())
        else:
            account.canary().run()

    defaults: dict[str, Any] = {
        "aliases": lambda: account.aliases,
        "up": up,
        "canary": release,
        "smoke": lambda: None,
        "report": account.lines.append,
    }
    return deploy.Steps(**{**defaults, **steps})


@pytest.mark.parametrize("moves", [True, False])
def test_a_deployment_that_succeeds(account: Account, moves: bool) -> None:  # noqa: FBT001
    """After all steps the new versions are live, and a rollback undoes them."""
    deploy.run(_steps(account, moves=moves))
    assert account.live() == _NEW
    account.roll_back()
    assert account.live() == _OLD


@pytest.mark.parametrize("moves", [True, False])
def test_a_failed_smoke_test_rolls_back(account: Account, moves: bool) -> None:  # noqa: FBT001
    """A failed smoke test leaves the old versions; the sentence names the step and the cause."""
    with pytest.raises(deploy.DeploymentError) as error:
        deploy.run(_steps(account, moves=moves, smoke=_fail))
    assert account.live() == _OLD
    assert error.value.step == deploy.SMOKE
    assert str(error.value).startswith("The deployment failed at: smoke test. It failed. Rolled ")
    assert "email 2 -> 1, relay 2 -> 1" in str(error.value)


def test_an_unexpected_error_rolls_back_as_well(account: Account) -> None:
    """An error that nobody expected in a step after `pulumi up` does not leave a new version."""
    with pytest.raises(deploy.DeploymentError, match="ZeroDivisionError"):
        deploy.run(_steps(account, moves=False, smoke=lambda: 1 // 0))
    assert account.live() == _OLD


def test_a_rollback_that_fails_hides_no_cause(account: Account) -> None:
    """Where the rollback fails, too, the sentence has both causes and what completes it."""
    calls: list[str] = []

    def aliases() -> Aliases:
        calls.append("")
        if len(calls) > 1:
            _fail("AWS could not be reached.")
        return account.aliases

    with pytest.raises(deploy.DeploymentError) as error:
        deploy.run(_steps(account, moves=False, aliases=aliases, smoke=_fail))
    assert "It failed. The rollback failed as well: AWS could not be reached." in str(error.value)
    assert "release rollback" in str(error.value)
    account.roll_back()
    assert account.live() == _OLD


def test_a_canary_that_ends_half_way_is_rolled_back(account: Account) -> None:
    """Where a canary fails otherwise than by an alarm, the weights are removed."""

    def canary() -> None:
        account.killed(lambda: account.canary().run(), 4)
        _fail("AWS could not be reached.")

    with pytest.raises(deploy.DeploymentError, match="canary"):
        deploy.run(_steps(account, moves=False, canary=canary))
    assert account.live() == _OLD


def test_an_alarm_rolls_back_once(account: Account) -> None:
    """After a canary that an alarm has rolled back there is nothing left to roll back."""
    account.during_bake(lambda _: account.set_alarm("ALARM"))
    with pytest.raises(deploy.DeploymentError, match="shop-prod-email-errors") as error:
        deploy.run(_steps(account, moves=False))
    assert account.live() == _OLD
    assert str(error.value).endswith("All functions have the versions before the deployment.")


def test_a_refused_canary_keeps_the_release_before(account: Account) -> None:
    """A canary that is refused before its first step undoes nothing of the release before it."""
    deploy.run(_steps(account, moves=False))
    account.set_alarm("ALARM")
    with pytest.raises(deploy.DeploymentError, match="--ignore-firing"):
        deploy.run(_steps(account, moves=False))
    assert account.live() == _NEW


def test_a_failed_update_is_not_rolled_back(account: Account) -> None:
    """A failure of `pulumi up` leaves what it has changed, and the sentence says how to return."""

    def up() -> None:
        account.up("email", moves=True)
        _fail()

    with pytest.raises(deploy.DeploymentError, match="release rollback") as error:
        deploy.run(_steps(account, moves=True, up=up))
    assert error.value.step == deploy.UP
    assert account.live()["email"] == "2"
    account.roll_back()
    assert account.live() == _OLD


@pytest.mark.parametrize("smoke", [None, _fail])
def test_a_repeated_deployment_continues_the_first(
    account: Account, smoke: Callable[[], None] | None
) -> None:
    """After a failed `pulumi up` and a repetition, a rollback returns to what was live at first."""

    def up() -> None:
        account.up("email", moves=True)
        _fail()

    with pytest.raises(deploy.DeploymentError, match="pulumi up"):
        deploy.run(_steps(account, moves=True, up=up))
    second = _steps(account, moves=True, up=lambda: account.up("relay", moves=True), smoke=smoke)
    if smoke is None:
        deploy.run(second)
        assert account.live() == _NEW
        account.roll_back()
    else:
        with pytest.raises(deploy.DeploymentError, match="email 2 -> 1, relay 2 -> 1"):
            deploy.run(second)
    assert account.live() == _OLD


def test_a_second_deployment_leaves_the_first_its_record(account: Account) -> None:
    """A deployment that the lock of the state refuses does not change what another one returns."""

    def up() -> None:
        account.up("email", moves=True)
        with pytest.raises(deploy.DeploymentError, match="pulumi up"):
            deploy.run(_steps(account, moves=True, up=_fail))
        account.up("relay", moves=True)

    with pytest.raises(deploy.DeploymentError, match="email 2 -> 1, relay 2 -> 1"):
        deploy.run(_steps(account, moves=True, up=up, smoke=_fail))
    assert account.live() == _OLD


def test_a_canary_in_progress_stops_a_deployment(account: Account) -> None:
    """While a canary is in progress nothing is deployed."""
    account.up("email")
    account.killed(lambda: account.canary().run(), 4)
    with pytest.raises(deploy.DeploymentError, match="Nothing was changed"):
        deploy.run(_steps(account, moves=False, up=lambda: pytest.fail("deployed")))


def test_the_first_deployment(account: Account) -> None:
    """A stack that is not deployed yet has nothing to record, and nothing to return to."""
    deployed: list[str] = []
    up = lambda: deployed.append("up")  # noqa: E731 (one line)
    aliases = lambda: account.aliases if deployed else None  # noqa: E731 (as above)
    deploy.run(_steps(account, moves=True, aliases=aliases, up=up))
    deployed.clear()
    with pytest.raises(deploy.DeploymentError, match="first deployment"):
        deploy.run(_steps(account, moves=True, aliases=aliases, up=up, smoke=_fail))
    assert account.live() == _OLD


@pytest.fixture
def fake_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A Pulumi CLI that writes its arguments to a file and then runs a shell script."""

    def install(script: str) -> Path:
        log = tmp_path / "log"
        command = tmp_path / "pulumi"
        command.write_text(f'#!/bin/sh\necho "$@" >> {log}\n{script}\n', encoding="utf-8")
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return log

    return install


def test_the_update_previews_first(fake_pulumi: Callable[[str], Path]) -> None:
    """`pulumi up` is run without questions and with its preview, and with the policy packs."""
    log = fake_pulumi("exit 0")
    pulumi.up("prod", ["policy"])
    assert log.read_text() == "up --yes --non-interactive --stack=prod --policy-pack=policy\n"


def test_a_failed_update_names_its_exit_code(fake_pulumi: Callable[[str], Path]) -> None:
    """A failure of the CLI is a sentence with its exit code."""
    fake_pulumi("exit 255")
    with pytest.raises(UserError, match="exit code 255"):
        pulumi.up("prod")


def _deploy(
    account: Account,
    fake_pulumi: Callable[[str], Path],
    *options: str,
    up: str = "exit 0",
    auth: str = "none",
) -> tuple[Result, str]:
    """Run `release deploy` of a stack with an `auth`; return its result, and the CLI's calls."""
    log = fake_pulumi(
        f'case "$1" in stack) cat "$0.json" ;; config) cat "$0.config.json" ;; up) {up} ;; esac'
    )
    log.with_name("pulumi.json").write_text(json.dumps(account.outputs), encoding="utf-8")
    # As `pulumi config get auth --json` prints it.
    value = json.dumps({"value": auth, "secret": False})
    log.with_name("pulumi.config.json").write_text(value, encoding="utf-8")
    settings = Settings(connect=lambda _: account.stack)
    command = ["deploy", "--stack", "prod", *options]
    return CliRunner().invoke(cli.app, command, obj=settings), log.read_text(encoding="utf-8")


def test_the_command_deploys(account: Account, fake_pulumi: Callable[[str], Path]) -> None:
    """`release deploy` runs `pulumi up`, and says what it did."""
    result, calls = _deploy(account, fake_pulumi, "--no-smoke", "--policy-pack", "policy")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Live before the deployment: audit 1, email 1, relay 1.\n")
    assert result.stdout.endswith("Nothing to release: every version is live.\nDeployed prod.\n")
    assert "up --yes --non-interactive --stack=prod --policy-pack=policy\n" in calls


def test_the_command_names_the_step(account: Account, fake_pulumi: Callable[[str], Path]) -> None:
    """`release deploy` ends with exit code 1 and the name of the step that failed."""
    result, _ = _deploy(account, fake_pulumi, "--no-smoke", up="exit 255")
    assert result.exit_code == 1
    assert result.stderr.startswith("The deployment failed at: pulumi up. `pulumi up` failed with ")


def test_a_deployment_needs_the_cli(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the Pulumi CLI the sentence names no option that `release deploy` does not have."""
    monkeypatch.setenv("PATH", "/nowhere")
    result = CliRunner().invoke(cli.app, ["deploy", "--stack", "dev"])
    assert result.exit_code == 1
    assert result.stderr.startswith("A deployment needs the Pulumi CLI, which is not installed")


@pytest.mark.parametrize(
    ("auth", "options", "sentence"),
    [
        ("jwt", [], "callers need a JSON web token (auth: jwt)"),
        ("iam", ["--credentials", "{token}"], "no effect: the stack's auth is iam."),
        ("none", ["--credentials", "{token}"], "no effect: the stack's auth is none."),
        ("jwt", ["--credentials", "{token}", "--recipient", "jane@"], "--recipient: "),
        ("iam", ["--recipient", "jane@"], "--recipient: "),
    ],
)
def test_options_that_the_smoke_test_refuses_stop_it_first(
    account: Account,
    fake_pulumi: Callable[[str], Path],
    tmp_path: Path,
    *,
    auth: str,
    options: list[str],
    sentence: str,
) -> None:
    """Nothing is deployed that would be rolled back, whatever the stack's `auth` was before."""
    token = tmp_path / "token"
    token.write_text("a.b.c\n", encoding="utf-8")
    options = [option.format(token=token) for option in options]
    result, calls = _deploy(account, fake_pulumi, *options, auth=auth)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Nothing was deployed; --no-smoke" in result.stderr
    assert "up" not in [call.split()[0] for call in calls.splitlines()]


def test_the_token_is_read_again_for_the_smoke_test(
    account: Account, fake_pulumi: Callable[[str], Path], tmp_path: Path
) -> None:
    """A token that was renewed during the deployment is the one that the smoke test sends."""
    token = tmp_path / "token"
    token.write_text("a.b.c\n", encoding="utf-8")
    options = ["--credentials", str(token)]
    result, _ = _deploy(account, fake_pulumi, *options, auth="jwt", up=f"echo > {token}")
    assert result.exit_code == 1
    assert f"smoke test. --credentials {token} must hold a token" in result.stderr


_COMMAND = """
from tooling.signals import interruptible
from release import pulumi
with interruptible("the end."):
    pulumi.up("prod")
"""


def test_a_signal_lets_the_update_end_in_order(fake_pulumi: Callable[[str], Path]) -> None:
    """Ctrl-C reaches the CLI once, and the deployment waits until it has ended."""
    log = fake_pulumi(
        'trap "echo interrupted >> $0.log" INT\nsleep 0.2 & echo started; wait\n'
        "while ! test -s $0.log; do sleep 0.02; done; sleep 0.1; echo ended >> $0.log; exit 1"
    )
    process = subprocess.Popen(  # noqa: S603 (this interpreter)
        [sys.executable, "-c", _COMMAND],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted; the end." in errors
    assert log.with_name("pulumi.log").read_text() == "interrupted\nended\n"


@pytest.mark.parametrize("seconds", [0, pytest.param(16, marks=pytest.mark.thorough)])
def test_no_signal_leaves_the_update_alone(
    fake_pulumi: Callable[[str], Path], seconds: int
) -> None:
    """A signal at the start of the CLI, and a second one much later, wait for its end as well."""
    log = fake_pulumi(
        'trap "echo interrupted >> $0.log" INT\nkill -INT $PPID\n'
        f"while ! test -s $0.log; do sleep 0.02; done; sleep {seconds}; kill -TERM $PPID\n"
        "sleep 0.3; echo ended >> $0.log"
    )
    process = subprocess.run(  # noqa: S603 (this interpreter)
        [sys.executable, "-c", _COMMAND],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert process.returncode in (130, 143)
    assert log.with_name("pulumi.log").read_text() == "interrupted\nended\n"
