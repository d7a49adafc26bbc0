"""The command line of the workflows, in a job that installs nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline import cli, report
from tests.pipeline.support.samples import SUMMARY, step, write
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def _run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the standard library alone."""
    return subprocess.run(  # noqa: S603 (the project's command)
        [sys.executable, "-S", "-m", "pipeline", *arguments],
        cwd=ROOT,
        env={"PATH": os.defpath, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_comment_needs_the_standard_library_alone(tmp_path: Path) -> None:
    """The comment is printed without any installed package, and links the run."""
    log = write(tmp_path, step("create", "orders"), SUMMARY)
    process = _run(
        "preview",
        *("--stack", "dev", "--events", str(log)),
        GITHUB_SERVER_URL="https://github.com",
        GITHUB_REPOSITORY="owner/name",
        GITHUB_RUN_ID="7",
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.startswith(f"{report.marker('dev')}\n")
    assert "https://github.com/owner/name/actions/runs/7" in process.stdout


def test_an_error_is_one_sentence(tmp_path: Path) -> None:
    """A file of another kind ends with one sentence and exit code 1; wrong usage with 2."""
    file = tmp_path / "events.json"
    file.write_text("text\n", encoding="utf-8")
    process = _run("preview", "--stack", "dev", "--events", str(file))
    assert (process.returncode, process.stdout) == (1, "")
    assert len(process.stderr.splitlines()) == 1
    assert _run("preview", "--stack", "dev").returncode == 2


@pytest.mark.parametrize(
    "command", [["issues"], ["comment", "--pull-request", "1"], ["abandoned"]], ids=" ".join
)
def test_a_missing_file_is_one_sentence(tmp_path: Path, command: list[str]) -> None:
    """A file that does not exist, such as after jobs that all failed, is named in one sentence."""
    process = _run(
        *command,
        str(tmp_path / "none.md"),
        GITHUB_API_URL="https://127.0.0.1:9",
        GITHUB_REPOSITORY="owner/name",
        GITHUB_TOKEN="token",
    )
    assert process.returncode == 1
    assert process.stderr.splitlines() == [
        f"{tmp_path / 'none.md'} cannot be read: No such file or directory."
    ]


def test_costs_that_are_missing_do_not_hide_the_preview(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the cost difference could not be calculated, the comment says so."""
    costs = tmp_path / "dev.md"
    costs.touch()
    log = write(tmp_path, step("create", "orders"), SUMMARY)
    assert cli.main(["preview", "--stack", "dev", "--events", str(log), "--costs", str(costs)]) == 0
    text = capsys.readouterr().out
    assert "1 to create" in text
    assert "Not known" in text.partition("### Monthly cost")[2]
