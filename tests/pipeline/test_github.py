"""GitHub's API, as the workflows use it: comments, issues, deployments and pull requests."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import cli, report
from tests.pipeline.support.fake_github import BOT
from tests.pipeline.support.samples import SUMMARY, step, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.support.fake_github import FakeGitHub

_COMMENTS = "/issues/7/comments"


@pytest.fixture(autouse=True)
def _runner(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that GitHub's runner and the workflow's step set."""
    url, _, _ = github.url.partition("/repos/")
    monkeypatch.setenv("GITHUB_API_URL", url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    monkeypatch.setenv("GITHUB_TOKEN", "a-token")


def _comment_file(folder: Path, stack: str, text: str) -> str:
    path = folder / f"{stack}.md"
    path.write_text(f"{report.marker(stack)}\n{text}\n", encoding="utf-8")
    return str(path)


def _comments(github: FakeGitHub) -> list[str]:
    return [comment["body"] for comment in github.lists[_COMMENTS]]


def test_a_second_push_updates_the_comments(github: FakeGitHub, tmp_path: Path) -> None:
    """Every stack has one comment, which later runs change; comments of others stay."""
    other: dict[str, Any] = {
        "id": 1,
        "user": {"login": "someone"},
        "body": f"{report.marker('dev')}\nfake",
    }
    filler: list[dict[str, Any]] = [{"id": n + 2, "user": None, "body": "text"} for n in range(150)]
    github.lists[_COMMENTS] = [other, *filler]
    for text in ("first", "second"):
        files = [_comment_file(tmp_path, stack, text) for stack in ("dev", "prod")]
        assert cli.main(["comment", "--pull-request", "7", *files]) == 0
    own = [comment for comment in github.lists[_COMMENTS] if comment["user"] == BOT]
    assert [comment["body"].splitlines()[1] for comment in own] == ["second", "second"]
    assert other["body"].endswith("fake")
    assert github.tokens == {"Bearer a-token"}


def test_a_file_without_a_marker_is_no_comment(
    github: FakeGitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text that the next run could not find again is refused; the comments of others are not."""
    path = tmp_path / "dev.md"
    path.write_text("text", encoding="utf-8")
    github.lists[_COMMENTS] = []
    files = [str(path), _comment_file(tmp_path, "prod", "text")]
    assert cli.main(["comment", "--pull-request", "7", *files]) == 1
    assert "is not that of a comment" in capsys.readouterr().err
    assert [comment.splitlines()[0] for comment in _comments(github)] == [report.marker("prod")]


def test_drift_has_one_issue(
    github: FakeGitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Drift opens an issue, which the next check updates and a clean check closes."""
    issue = tmp_path / "prod.md"
    arguments = ["drift", "--stack", "prod", "--commit", "c0ffee", "--events"]
    logs = [[step("update", "orders", "tags")], [step("delete", "emails")], [], []]
    states = []
    github.lists["/issues"] = []
    for log in logs:
        assert cli.main([*arguments, str(write(tmp_path, *log, SUMMARY))]) == 0
        issue.write_text(capsys.readouterr().out, encoding="utf-8")
        assert cli.main(["issues", str(issue)]) == 0
        states.append([(item["title"], item["state"]) for item in github.lists["/issues"]])
    title = "Drift in the stack prod"
    assert states == [[(title, "open")]] * 2 + [[(title, "closed")]] * 2
    assert "`emails`" in github.lists["/issues"][0]["body"]


def test_a_check_that_failed_is_no_drift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A preview that did not come to its end is an error, and not an issue about drift."""
    log = write(tmp_path, step("update", "orders", "tags"))
    arguments = ["drift", "--stack", "prod", "--commit", "c0ffee", "--events", str(log)]
    assert cli.main(arguments) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "The preview of prod failed" in streams.err


def _deploy(github: FakeGitHub, *deployments: tuple[str, str, str]) -> None:
    """Deployments as (environment, commit, state), the newest first."""
    items = [
        {"id": number, "environment": environment, "sha": commit}
        for number, (environment, commit, _) in enumerate(deployments)
    ]
    github.lists["/deployments"] = items
    for number, (_, _, state) in enumerate(deployments):
        github.lists[f"/deployments/{number}/statuses"] = [{"state": state}]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["success"], "c0"),
        (["in_progress", "failure", "success"], "c2"),
        (["failure", "inactive"], ""),
        ([], ""),
    ],
)
def test_the_deployed_commit_is_that_of_the_last_success(
    github: FakeGitHub, capsys: pytest.CaptureFixture[str], states: list[str], expected: str
) -> None:
    """A deployment that runs, has failed or was replaced is not what an environment has."""
    deployments = [("prod", f"c{number}", state) for number, state in enumerate(states)]
    _deploy(github, ("dev", "other", "success"), *deployments)
    assert cli.main(["deployed", "--environment", "prod"]) == 0
    assert capsys.readouterr().out.strip() == (expected and f"c{states.index('success')}")


@pytest.mark.parametrize(
    ("comparison", "code"),
    [("ahead", 0), ("identical", 0), ("diverged", 0), ("behind", 1), (None, 0)],
)
def test_an_older_commit_is_not_deployed(
    github: FakeGitHub,
    capsys: pytest.CaptureFixture[str],
    comparison: str | None,
    code: int,
) -> None:
    """A stack with a newer commit keeps it; a commit that no longer exists is not newer."""
    _deploy(github, ("prod", "c1", "success"))
    if comparison:
        github.objects["/compare/c1...c0"] = {"status": comparison}
    assert cli.main(["check-newer", "--environment", "prod", "--commit", "c0"]) == code
    assert ("newer commit c1" in capsys.readouterr().err) is bool(code)


def test_a_first_deployment_has_no_order(github: FakeGitHub) -> None:
    """Where nothing is deployed, every commit may be."""
    _deploy(github)
    assert cli.main(["check-newer", "--environment", "prod", "--commit", "c0"]) == 0


def _pull_request(state: str, *labels: str) -> dict[str, Any]:
    return {"state": state, "labels": [{"name": label} for label in labels]}


def test_stacks_without_an_open_pull_request_are_abandoned(
    github: FakeGitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only stacks named pr-<number> are listed, when closed or without the label."""
    github.objects["/pulls/1"] = _pull_request("open", "deploy", "other")
    github.objects["/pulls/2"] = _pull_request("closed", "deploy")
    github.objects["/pulls/3"] = _pull_request("open", "other")
    names = ["dev", "prod", "pr-1", "pr-2", "acme/order-processing/pr-3", "pr-x", "pr-2-copy"]
    stacks = tmp_path / "stacks.json"
    stacks.write_text(json.dumps([{"name": name} for name in names]), encoding="utf-8")
    assert cli.main(["abandoned", str(stacks)]) == 0
    assert json.loads(capsys.readouterr().out) == ["pr-2", "pr-3"]


def test_a_stack_without_any_pull_request_stays(
    github: FakeGitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stack whose number is that of no pull request is kept and named, the others are listed."""
    github.objects["/pulls/2"] = _pull_request("closed")
    stacks = tmp_path / "stacks.json"
    stacks.write_text(json.dumps([{"name": "pr-1"}, {"name": "pr-2"}]), encoding="utf-8")
    assert cli.main(["abandoned", str(stacks)]) == 0
    streams = capsys.readouterr()
    assert json.loads(streams.out) == ["pr-2"]
    assert "The stack pr-1 stays" in streams.err


def test_a_refusal_of_github_ends_with_its_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A request that GitHub refuses ends with method, path and status, and without the token."""
    assert cli.main(["comment", "--pull-request", "8", _comment_file(tmp_path, "dev", "x")]) == 1
    error = capsys.readouterr().err
    assert re.match(r"GitHub refused GET /issues/8/comments\S* 404", error.replace(":", ""))
    assert "a-token" not in error


def test_a_missing_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outside of a workflow, a command says which variables it needs."""
    monkeypatch.delenv("GITHUB_TOKEN")
    assert cli.main(["deployed", "--environment", "prod"]) == 1
    assert capsys.readouterr().err.startswith("GITHUB_TOKEN must be set")
