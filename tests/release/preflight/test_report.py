"""The report: a line for each check, JSON, exit codes, and commands that exist."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import botocore.session
import pytest
from botocore import xform_name
from typer.testing import CliRunner

from release import cli
from release.preflight.finding import failed, has_failed, not_checked, ok, report, warning
from tooling.root import ROOT

if TYPE_CHECKING:
    from release.preflight.finding import Finding

_FINDINGS = [
    ok("a", "detail."),
    warning("b", "detail.", "Do."),
    failed("c", "detail.", "Do."),
    not_checked("d", "needs x:Get."),
]
# Commands in the sources, in one piece: adjacent strings are joined first.
_COMMAND = re.compile(r"\baws (?:[a-z0-9-]+) (?:[a-z0-9-]+)(?: --[a-z-]+(?: [^-\s\"{}][^\s\"]*)?)*")


def test_each_finding_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The report has a line for each finding, then how many there are of each state."""
    report("prod", _FINDINGS).show(as_json=False)
    assert capsys.readouterr().out == (
        "ok           a: detail.\n"
        "warning      b: detail. Do.\n"
        "failed       c: detail. Do.\n"
        "not checked  d: needs x:Get.\n"
        "prod: 1 ok, 1 warning, 1 failed, 1 not checked.\n"
    )


def test_the_json_has_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON report has the same content."""
    report("prod", _FINDINGS).show(as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["stack"] == "prod"
    assert document["counts"] == {"ok": 1, "warning": 1, "failed": 1, "not checked": 1}
    assert document["checks"][2] == {
        "check": "c",
        "state": "failed",
        "detail": "detail.",
        "nextStep": "Do.",
    }
    assert document["checks"][0]["nextStep"] is None


@pytest.mark.parametrize(("findings", "expected"), [(_FINDINGS, True), (_FINDINGS[:2], False)])
def test_only_a_failed_check_fails(findings: list[Finding], expected: bool) -> None:  # noqa: FBT001 (a table)
    """Warnings, and checks that could not be made, do not fail the command."""
    assert has_failed(findings) is expected


@pytest.mark.parametrize("arguments", [["--stack", "no-such-stack"], ["--no-such-option"]])
def test_wrong_usage_has_its_exit_code(arguments: list[str]) -> None:
    """An unknown stack and an unknown option end the command with 2."""
    assert CliRunner().invoke(cli.app, ["preflight", *arguments]).exit_code == 2


@pytest.mark.slow
def test_a_failed_check_has_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without AWS the command ends with 1 after its report, which standard output alone has."""
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_CONFIG_FILE": "/dev/null"}
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    for name, value in {**nowhere, **keys}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    result = CliRunner().invoke(cli.app, ["preflight", "--stack", "queue-first", "--json"])
    states = {each["check"]: each["state"] for each in json.loads(result.stdout)["checks"]}
    assert result.exit_code == 1
    assert states["configuration"] == states["credentials"] == "failed"
    assert states["alarms and dashboards"] == "ok"
    assert states["account concurrency"] == "not checked"


def _commands() -> set[str]:
    sources = (ROOT / "release" / "preflight").glob("*.py")
    joined = (re.sub(r'"\n\s*f?"', "", path.read_text(encoding="utf-8")) for path in sources)
    return {match.rstrip(".,;`") for text in joined for match in _COMMAND.findall(text)}


def test_every_suggested_command_exists() -> None:
    """Every AWS CLI command in a next step is an operation, with options that it has."""
    commands = {each for each in _commands() if not each.startswith("aws sso ")}
    assert len(commands) >= 10
    for command in commands:
        _, service, operation, *options = shlex.split(re.sub(r"<[^>]*>", "x", command))
        model = botocore.session.get_session().get_service_model(service)
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        if operation == "wait":
            continue
        assert operation in operations, command
        shape = model.operation_model(operations[operation]).input_shape
        known = {xform_name(name, "-") for name in (shape.members if shape else {})}
        named = {option.removeprefix("--") for option in options if option.startswith("--")}
        assert named <= known, command
