"""`scripts/cost-diff`: what stacks cost at two states, and the resources that differ."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from costs import diff
from tooling.graph_diff import DIFFERENT, EQUAL, FAILED

if TYPE_CHECKING:
    from pathlib import Path

_BOARD = "aws:cloudwatch/dashboard:Dashboard"
_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_KEY = "aws:kms/key:Key"
_ROLE = "aws:iam/role:Role"
_UNKNOWN = "aws:ec2/instance:Instance"


def _urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{kind}::{name}"


def _stack(*resources: tuple[str, str], aliases: tuple[str, ...] = ()) -> dict[str, Any]:
    recorded = {
        _urn(kind, name): {"type": kind, "inputs": {}, "options": {}, "aliases": list(aliases)}
        for kind, name in resources
    }
    return {"resources": recorded, "outputs": {}}


def _compare(base: Any, head: Any) -> diff.Difference:
    return diff.compare("dev", base, head, 1_000_000)


@pytest.mark.parametrize(
    ("base", "head", "resources"),
    [
        pytest.param(_stack((_KEY, "key")), _stack((_KEY, "key")), {}, id="equal"),
        pytest.param(
            _stack(),
            _stack((_BOARD, "board")),
            {"aws.cloudwatch.Dashboard board": (0, 3.0)},
            id="added",
        ),
        pytest.param(
            _stack((_KEY, "key"), (_ALARM, "alarm")),
            _stack((_ALARM, "alarm")),
            {"aws.kms.Key key": (1.0, 0)},
            id="removed",
        ),
        pytest.param(_stack(), _stack((_ROLE, "role")), {}, id="a free resource"),
        pytest.param(
            _stack((_KEY, "old")),
            _stack((_KEY, "new"), aliases=(_urn(_KEY, "old"),)),
            {},
            id="renamed with an alias",
        ),
        pytest.param(
            _stack((_KEY, "old")),
            _stack((_KEY, "new")),
            {"aws.kms.Key old": (1.0, 0), "aws.kms.Key new": (0, 1.0)},
            id="another name without an alias",
        ),
    ],
)
def test_resources_that_differ(base: Any, head: Any, resources: dict[str, Any]) -> None:
    """The resources that cost more or less than before are named with both costs."""
    assert _compare(base, head).resources == resources


def test_a_stack_on_one_side_costs_or_saves_its_whole_month() -> None:
    """A new stack costs its month more, and a removed one less; neither is equal."""
    new, removed = _compare(None, _stack((_BOARD, "a"))), _compare(_stack((_KEY, "k")), None)
    assert (new.usd, removed.usd) == (3.0, -1.0)
    assert not new.equal
    assert not removed.equal
    assert not _compare(None, _stack()).equal
    report = diff.report([new, removed], 1_000_000)
    assert "| `dev` | - | 3.00 | +3.00 |" in report
    assert "| `dev` | 1.00 | - | -1.00 |" in report


def test_the_report_is_short() -> None:
    """The most expensive differences are rows, and all others one row."""
    head = _stack((_BOARD, "board"), *((_ALARM, f"alarm-{number:02}") for number in range(30)))
    report = diff.report([_compare(_stack(), head)], 1_000_000)
    assert "<details><summary>dev: +6.00 USD</summary>" in report
    rows = [line for line in report.splitlines() if line.startswith(("| `aws.", "| 11 more"))]
    assert rows[0] == "| `aws.cloudwatch.Dashboard board` | 0.00 | 3.00 | +3.00 |"
    assert len(rows) == 21
    assert rows[-1] == "| 11 more | 0.00 | 1.10 | +1.10 |"


def test_a_type_without_a_price_is_named() -> None:
    """An older resource that the price table does not know is counted as 0, and named."""
    difference = _compare(_stack((_UNKNOWN, "server")), _stack())
    assert difference.equal
    assert f"counted as 0: `{_UNKNOWN}`" in diff.report([difference], 1_000_000)


_PROGRAM = """
import pulumi, pulumi_aws as aws

{resources}
if pulumi.Config().get_bool("fails"):
    raise pulumi.RunError("The stack\\nfails.")
"""


class _Checkout:
    """A repository with the program of another project, which has no costs/."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._git("init", "--quiet")
        self.write("Pulumi.yaml", "name: shop\n")

    def _git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        command = ["git", *identity, *arguments]
        process = subprocess.run(  # noqa: S603 - git
            command, cwd=self.root, capture_output=True, text=True, check=True
        )
        return process.stdout.strip()

    def write(self, name: str, content: str) -> None:
        """Write a file."""
        (self.root / name).write_text(content, encoding="utf-8")

    def commit(self, resources: str, **stacks: str) -> str:
        """Commit a program and the stack files, and return the commit."""
        self.write("__main__.py", _PROGRAM.format(resources=resources))
        for path in self.root.glob("Pulumi.*.yaml"):
            path.unlink()
        for name, content in stacks.items():
            self.write(f"Pulumi.{name}.yaml", content)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "A state")
        return self._git("rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Checkout:
    """The checkout that the command is called in."""
    monkeypatch.chdir(tmp_path)
    return _Checkout(tmp_path)


_LOCAL = "config: {aws:endpoints: [{lambda: http://127.0.0.1:4566}]}"


def test_commits_are_compared_by_the_prices_of_this_checkout(
    checkout: _Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commits without costs/ are compared; stacks on one side are named, local ones left out."""
    alarm = 'aws.cloudwatch.Dashboard("a", dashboard_name="a", dashboard_body="{}")\n'
    base = checkout.commit(alarm, dev="config: {}", old="config: {}", local=_LOCAL)
    head = checkout.commit(f'{alarm}aws.kms.Key("key")\n', dev="config: {}", new="config: {}")
    assert diff.main([base, head]) == DIFFERENT
    output = capsys.readouterr().out
    assert "| `dev` | 3.00 | 4.00 | +1.00 |" in output
    assert "| `old` | 3.00 | - | -3.00 |" in output
    assert "| `new` | - | 4.00 | +4.00 |" in output
    assert "local" not in output
    assert "`aws.kms.Key key` | 0.00 | 1.00 | +1.00 |" in output


def test_equal_costs_end_with_0_and_failures_with_2(
    checkout: _Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit codes are those of graph-diff; a program that fails is a sentence in the report."""
    state = checkout.commit('aws.kms.Key("key")', dev="config: {}", bad="config: {fails: true}")
    assert diff.main([state, "--stack", "dev"]) == EQUAL
    assert "No stack costs more or less" in capsys.readouterr().out
    assert diff.main([state]) == FAILED
    output = capsys.readouterr().out
    assert "`bad` at base cannot be recorded: The stack fails." in output
    assert "| `dev` | 1.00 | 1.00 | 0.00 |" in output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["no-such-commit"], "no-such-commit"),
        (["HEAD", "--stack", "nope"], "Neither HEAD nor the working tree has a stack 'nope'."),
        (["HEAD", "--orders", "0"], "Orders a month must be a whole number from 1"),
    ],
)
def test_wrong_arguments_are_refused(
    checkout: _Checkout, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong commit, stack or number ends with one sentence and exit code 2."""
    checkout.commit("", dev="config: {}")
    assert diff.main(arguments) == FAILED
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.out == ""
