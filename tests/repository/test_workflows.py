"""Tests: what happens to a change before it is deployed, and how it is."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_WORKFLOWS = ROOT / ".github" / "workflows"
_WORKFLOW_FILES = sorted(_WORKFLOWS.glob("*.yml"))

# The jobs that get a role of AWS and secrets.
_WITH_CREDENTIALS = [("up", "up"), ("pull-request", "preview")]


def _workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((_WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))
    return found


def _triggers(workflow: dict[Any, Any]) -> Any:
    """What starts it; to this parser, the key `on` is a boolean."""
    return workflow[True]


def _commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_pull_requests_are_tested_and_previewed() -> None:
    """A pull request runs every check, and then previews every stack that is deployed."""
    workflow = _workflow("pull-request")
    jobs = workflow["jobs"]
    assert "pull_request" in _triggers(workflow)
    assert _commands(jobs["test"]) == ["make coverage"]
    assert _commands(jobs["thorough"]) == ["make thorough"]
    assert jobs["preview"]["needs"] == "test"
    assert jobs["preview"]["strategy"]["matrix"]["stack"] == ["dev", "staging", "prod"]
    assert [
        step["with"]["command"]
        for step in jobs["preview"]["steps"]
        if "command" in step.get("with", {})
    ] == ["preview"]


def test_pull_requests_show_what_changes_in_resources() -> None:
    """The job summary shows which resources a pull request changes; no change fails the job."""
    job = _workflow("pull-request")["jobs"]["graph"]
    (checkout,) = (
        step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")
    )
    assert (
        checkout["with"]["fetch-depth"] == 2
    )  # the merge commit has the base branch as its first parent
    comparison, summary = _commands(job)[-1].splitlines()
    assert re.fullmatch(r"scripts/graph-diff 'HEAD\^1' HEAD > (\S+) 2>&1 \|\| true", comparison)
    assert comparison.split()[4] in summary
    assert summary.endswith('>> "$GITHUB_STEP_SUMMARY"')


def test_main_is_deployed_stack_by_stack() -> None:
    """A push to `main` runs every check, then deploys dev, staging and prod in turn, each from its own environment."""
    workflow = _workflow("deploy")
    jobs = workflow["jobs"]
    assert _triggers(workflow) == {"push": {"branches": ["main"]}}
    assert _commands(jobs["test"]) == ["make test"]
    assert _commands(jobs["thorough"]) == ["make thorough"]
    stacks = {name: job for name, job in jobs.items() if name not in {"test", "thorough"}}
    assert [(name, job["needs"], job["with"]["stack"]) for name, job in stacks.items()] == [
        ("dev", ["test", "thorough"], "dev"),
        ("staging", "dev", "staging"),
        ("prod", "staging", "prod"),
    ]
    assert {job["uses"] for job in stacks.values()} == {"./.github/workflows/up.yml"}
    (up,) = _workflow("up")["jobs"].values()
    assert up["environment"] == "${{ inputs.stack }}"
    assert {
        step["with"]["command"] for step in up["steps"] if "command" in step.get("with", {})
    } == {"up"}


def test_workflows_hold_no_keys_of_aws() -> None:
    """Workflows take an environment's role by OIDC, and know no access key."""
    for path in _WORKFLOWS.glob("*.yml"):
        text = path.read_text(encoding="utf-8").lower()
        assert "access-key" not in text, path
        assert "access_key" not in text, path
    for job in (_workflow("up")["jobs"]["up"], _workflow("pull-request")["jobs"]["preview"]):
        assert job["permissions"]["id-token"] == "write"
        assert [
            step["with"]["role-to-assume"]
            for step in job["steps"]
            if "role-to-assume" in step.get("with", {})
        ]


@pytest.mark.parametrize(("workflow", "job"), _WITH_CREDENTIALS)
def test_packages_are_installed_before_there_are_credentials(workflow: str, job: str) -> None:
    """Once a job has the AWS role or a secret, it runs `pulumi` and nothing else: no package comes in beside them."""
    steps = _workflow(workflow)["jobs"][job]["steps"]
    assumes = [
        number
        for number, step in enumerate(steps)
        if "configure-aws-credentials" in step.get("uses", "")
    ]
    assert assumes == [len(steps) - 2]
    installs = [step.get("run") for step in steps[: assumes[0]]]
    assert [command for command in installs if command] == ["scripts/install"]
    assert all("secrets." not in str(step) for step in steps[:-1])
    assert "secrets." not in str(
        {key: value for key, value in _workflow(workflow)["jobs"][job].items() if key != "steps"}
    )
    assert steps[-1]["uses"].startswith("pulumi/actions@")


@pytest.mark.parametrize(("workflow", "job"), _WITH_CREDENTIALS)
def test_the_pulumi_cli_is_the_program_s(workflow: str, job: str) -> None:
    """Every step that brings the Pulumi CLI names the version of the program's `pulumi` package."""
    text = (ROOT / "requirements.in").read_text(encoding="utf-8")
    (version,) = re.findall(r"^pulumi==(.+)$", text, re.MULTILINE)
    steps = [
        step
        for step in _workflow(workflow)["jobs"][job]["steps"]
        if "pulumi/actions" in step.get("uses", "")
    ]
    assert [step["with"]["pulumi-version"] for step in steps] == [version, version]


def test_each_environment_has_its_own_secrets() -> None:
    """Secrets are passed by name, are those of the job's environment, and a preview has an environment of its own."""
    names = {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"}
    for job in _workflow("deploy")["jobs"].values():
        if "uses" in job:
            assert job["secrets"] == {name: f"${{{{ secrets.{name} }}}}" for name in names}
    called = _triggers(_workflow("up"))["workflow_call"]
    assert called["secrets"].keys() == names
    assert _workflow("pull-request")["jobs"]["preview"]["environment"] == "preview"
    for workflow, job in _WITH_CREDENTIALS:
        steps = _workflow(workflow)["jobs"][job]["steps"]
        assert set(re.findall(r"secrets\.(\w+)", str(steps[-1]["env"]))) == names


def test_an_update_has_time_to_end() -> None:
    """No deployment is cancelled by the next one, and one that leaves a VPC ends before its job or its role does."""
    deploy = _workflow("deploy")
    assert deploy["concurrency"]["cancel-in-progress"] is False
    assert "github." not in deploy["concurrency"]["group"]
    (up,) = _workflow("up")["jobs"].values()
    assert up["timeout-minutes"] == 90
    (role,) = (
        step["with"] for step in up["steps"] if "configure-aws-credentials" in step.get("uses", "")
    )
    assert role["role-duration-seconds"] >= 60 * up["timeout-minutes"]


def test_a_deployment_that_was_cut_off_has_a_runbook() -> None:
    """What to do about a locked stack is in the runbooks, and linked from where a deployment may take long."""
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = runbook.split("## A deployment was cut off\n")[1].split("\n## ", maxsplit=1)[0]
    assert (
        section.index("pulumi cancel")
        < section.index("pulumi refresh")
        < section.index("pulumi preview")
    )
    for file in (
        ".github/workflows/up.yml",
        "CONTRIBUTING.md",
        "docs/configuration.md",
        "docs/operations.md",
    ):
        assert "#a-deployment-was-cut-off" in (ROOT / file).read_text(encoding="utf-8"), file


@pytest.mark.parametrize("path", _WORKFLOW_FILES, ids=lambda path: path.stem)
def test_a_workflow_takes_no_more_than_it_needs(path: Path) -> None:
    """Actions are pinned to a commit, jobs end in time, may read alone by default, and keep no token on disk."""
    workflow = _workflow(path.stem)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        if "steps" not in job:
            continue
        assert 0 < job["timeout-minutes"] <= 90, name
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"]), step
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name


def test_workflows_are_linted() -> None:
    """`make lint` has zizmor look at the workflows, without the network; what it is not to look at has a reason."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"zizmor .*--offline.* \.github$", makefile, re.MULTILINE)
    lines = (ROOT / ".github" / "zizmor.yml").read_text(encoding="utf-8").splitlines()
    rules = [number for number, line in enumerate(lines) if re.match(r"  \w", line)]
    assert all(lines[number - 1].lstrip().startswith("# ") for number in rules)
    ignored = [
        line
        for path in _WORKFLOW_FILES
        for line in path.read_text().splitlines()
        if "zizmor: ignore" in line
    ]
    assert all(re.search(r"ignore\[[\w,-]+\] \w", line) for line in ignored)


def test_what_takes_long_is_run_by_a_target_of_its_own() -> None:
    """`make test` leaves the thorough tests out, and `make thorough` runs them and no others."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^thorough: .*\n\t(.+)$", makefile, re.MULTILINE)
    assert "-m thorough" in recipe
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "-m 'not thorough'" in settings["tool"]["pytest"]["ini_options"]["addopts"]


def test_coverage_has_a_floor() -> None:
    """`make coverage` lints, runs every test, measures coverage, and fails below 90 %."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^coverage: lint .*\n\t(.+)$", makefile, re.MULTILINE)
    assert "pytest" in recipe
    assert "--cov" in recipe.split()
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["coverage"]["report"]["fail_under"] == 90
