"""`make preflight` on the embedded AWS: a running local stack, checked as an account of AWS is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from release.preflight import command
from tests.support.stacks import SHIPPED
from tooling.root import ROOT
from tooling.running import RunningStack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.support.stack import LocalStack

# What the embedded AWS does not know: docs/production.md says so.
_NOT_CHECKED = {"DynamoDB tables", "SNS topics"}


@pytest.mark.slow
def test_a_running_local_stack_is_checked(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every check gets a response of the embedded AWS, but for the quotas that it does not have."""
    for path in ROOT.iterdir():
        if not path.name.startswith((".", "Pulumi.")):  # the stacks are the user's
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "Pulumi.yaml").symlink_to(ROOT / "Pulumi.yaml")
    (tmp_path / "Pulumi.local.yaml").symlink_to(SHIPPED["local"])
    running = RunningStack(tmp_path)
    with running.lock():
        running.publish({**stack.outputs, **stack.emulator.connection})
        nothing_failed = command.preflight(None, as_json=True, root=tmp_path)

    report = json.loads(capsys.readouterr().out)
    states = {each["check"]: each["state"] for each in report["checks"]}
    assert nothing_failed, report
    assert {name for name, state in states.items() if state == "not checked"} == _NOT_CHECKED
    detail = {each["check"]: each["detail"] for each in report["checks"]}
    assert detail["account concurrency"].startswith("the stack takes 12 executions")
    assert "orders@example.com is verified" in detail["sender"]
