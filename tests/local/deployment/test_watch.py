"""Hot reload: what is saved is deployed, and what is wrong is said."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest
from rich.console import Console

from local.deployment.deployment import Deployment
from local.deployment.watch import watching
from tests.local.support import sample
from tests.support.polling import eventually
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.emulator.emulator import Emulator


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project whose program has a queue with the settings that its files name."""

    root: Path
    deployment: Deployment
    output: io.StringIO
    runs: list[str]

    @property
    def lines(self) -> list[str]:
        """What was printed, without the durations."""
        return [line.partition(" in ")[0] for line in self.output.getvalue().splitlines()]

    def save(self, name: str, text: str) -> None:
        """Save a file as editors do: another file is written, and gets the name."""
        path = self.root / name
        draft = path.with_name(f".{path.name}.swp")
        draft.write_text(text, encoding="utf-8")
        draft.rename(path)

    def timeout(self) -> str:
        """Return the deployed queue's visibility timeout."""
        (queue,) = self.deployment.resources
        response = self.deployment.emulator.client("sqs").get_queue_attributes(
            QueueUrl=queue.id, AttributeNames=["VisibilityTimeout"]
        )
        return str(response["Attributes"]["VisibilityTimeout"])


@pytest.fixture
def project(emulator: Emulator, tmp_path: Path) -> Iterator[Project]:
    """A deployed project that is watched."""
    for folder in ("handlers", "infra", ".venv", "tests", "examples"):
        (tmp_path / folder).mkdir()
    source, runs = tmp_path / "handlers" / "timeout.py", list[str]()
    source.write_text("10", encoding="utf-8")

    def program() -> None:
        text = source.read_text(encoding="utf-8")
        runs.append(text)
        if text == "exception":
            raise LookupError(text)
        if not text.isdigit():
            raise UserError(f"handlers/timeout.py, line 1: not a number: {text}")
        aws.sqs.Queue("queue", visibility_timeout_seconds=int(text))

    deployment = Deployment(emulator, sample.stackfile(tmp_path), program=program)
    deployment.update()
    runs.clear()
    output = io.StringIO()
    with watching(deployment, Console(file=output, width=200), lambda: None):
        yield Project(root=tmp_path, deployment=deployment, output=output, runs=runs)


def test_a_saved_file_is_deployed(project: Project) -> None:
    """The line names what was updated."""
    project.save("handlers/timeout.py", "20")
    eventually(lambda: project.lines == ["Updated 1: aws:sqs/queue:Queue queue"], "a line")
    assert (project.timeout(), project.deployment.problem) == ("20", None)


def test_an_error_leaves_what_runs(project: Project) -> None:
    """An error is printed once for each save, and is the deployment's problem until it is fixed."""
    project.save("handlers/timeout.py", "ten")
    error = "handlers/timeout.py, line 1: not a number: ten"
    expected = [f"Not deployed: {error}"]
    eventually(lambda: project.lines == expected, "a line")
    assert (project.timeout(), project.deployment.problem) == ("10", error)
    project.save("handlers/timeout.py", "30")
    expected += ["Updated 1: aws:sqs/queue:Queue queue", "Everything that is saved is live again"]
    eventually(lambda: project.lines == expected, "two more lines")
    assert (project.timeout(), project.deployment.problem) == ("30", None)


def test_any_exception_leaves_hot_reload_running(project: Project) -> None:
    """A program that raises anything is a problem until it is fixed, and the next save is live."""
    project.save("handlers/timeout.py", "exception")
    eventually(lambda: len(project.lines) == 1, "a line")
    assert project.lines[0].startswith("Not deployed: LookupError: exception")
    assert project.deployment.problem is not None
    project.save("handlers/timeout.py", "35")
    eventually(lambda: project.deployment.problem is None, "the update")
    assert project.timeout() == "35"


def test_an_error_that_is_taken_back(project: Project) -> None:
    """Where the file is as before, nothing is updated, and the line says that all is well."""
    project.save("handlers/timeout.py", "ten")
    eventually(lambda: len(project.lines) == 1, "an error")
    project.save("handlers/timeout.py", "10")
    eventually(lambda: len(project.lines) == 2, "a line")
    assert project.lines[1] == "Everything that is saved is live again"


def test_several_files_are_one_update(project: Project) -> None:
    """An editor that saves all its files causes one run of the program."""
    for number in range(20):
        project.save(f"infra/module_{number}.py", "")
    project.save("handlers/timeout.py", "40")
    eventually(lambda: len(project.lines) == 1, "a line")
    # A slow machine may pause within the save.
    assert project.runs[-1] == "40"
    assert len(project.runs) < 10


@pytest.mark.parametrize(
    "name",
    [
        *("handlers/notes.py~", "handlers/.timeout.py.swp", "handlers/timeout.pyc"),
        *(".venv/module.py", "tests/test_x.py", "README.md", "Pulumi.other.yaml"),
        "examples/guide.md",
    ],
)
def test_other_files_are_ignored(project: Project, name: str) -> None:
    """Editors' drafts, other stacks, tests and documents cause no run."""
    (project.root / name).write_text("", encoding="utf-8")
    project.save("handlers/timeout.py", "50")
    eventually(lambda: project.timeout() == "50", "the update")
    assert project.runs == ["50", "50"]


@pytest.mark.parametrize(
    "name",
    ["Pulumi.test.yaml", "Pulumi.yaml", "__main__.py", "infra/new.py", "examples/Pulumi.test.yaml"],
)
def test_the_program_and_its_configuration_are_watched(project: Project, name: str) -> None:
    """A saved stack file, program or module causes a run; one without a change prints nothing."""
    project.save(name, "")
    eventually(lambda: project.runs, "a run")
    assert set(project.runs) == {"10"}
    assert project.lines == []
