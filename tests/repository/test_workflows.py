"""The GitHub workflows: checks, previews and deployments, and what they have access to."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from infra.functions.bundle import LAMBDA
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# The jobs that get a role of AWS and secrets.
_WITH_CREDENTIALS = [("up", "up"), ("pull-request", "preview")]
_SECRETS = {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"}


def _read(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def _workflow(name: str) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(_read(f".github/workflows/{name}.yml"))
    return content


def _triggers(workflow: dict[Any, Any]) -> Any:
    return workflow[True]  # to this parser, the key `on` is a boolean


def _commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def _using(job: dict[str, Any], action: str) -> list[dict[str, Any]]:
    """The steps of a job that use an action."""
    return [step for step in job["steps"] if step.get("uses", "").startswith(f"{action}@")]


def _pulumi_commands(job: dict[str, Any]) -> list[str]:
    steps = _using(job, "pulumi/actions")
    return [step["with"]["command"] for step in steps if "command" in step["with"]]


def test_pull_requests_are_tested_and_previewed() -> None:
    """A pull request runs every check, and then previews every stack that is deployed."""
    workflow = _workflow("pull-request")
    jobs = workflow["jobs"]
    assert "pull_request" in _triggers(workflow)
    assert _commands(jobs["test"]) == ["make coverage"]
    assert _commands(jobs["thorough"]) == ["make thorough"]
    assert jobs["preview"]["needs"] == ["build", "test"]
    assert jobs["preview"]["strategy"]["matrix"]["stack"] == ["dev", "staging", "prod"]
    assert _pulumi_commands(jobs["preview"]) == ["preview"]


def test_pull_requests_show_what_changes_in_resources() -> None:
    """The job summary shows which resources a pull request changes; no change fails the job."""
    job = _workflow("pull-request")["jobs"]["graph"]
    (checkout,) = _using(job, "actions/checkout")
    assert checkout["with"]["fetch-depth"] == 2  # the merge commit and the base branch
    comparison, summary = _commands(job)[-1].splitlines()
    assert re.fullmatch(r"scripts/graph-diff 'HEAD\^1' HEAD > (\S+) 2>&1 \|\| true", comparison)
    assert comparison.split()[4] in summary
    assert summary.endswith('>> "$GITHUB_STEP_SUMMARY"')


@pytest.mark.parametrize(("file", "job"), _WITH_CREDENTIALS)
def test_deployments_have_the_functions_python(file: str, job: str) -> None:
    """Previews and deployments run the Python that compiles the modules in the bundles."""
    (setup,) = _using(_workflow(file)["jobs"][job], "actions/setup-python")
    assert setup["with"]["python-version"] == LAMBDA.python_version


def test_main_is_deployed_stack_by_stack() -> None:
    """A push to `main` runs every check, then deploys dev, staging and prod in turn."""
    workflow = _workflow("deploy")
    jobs = workflow["jobs"]
    assert _triggers(workflow) == {"push": {"branches": ["main"]}}
    assert _commands(jobs.pop("test")) == ["make test"]
    assert _commands(jobs.pop("thorough")) == ["make thorough"]
    assert jobs.pop("build")["uses"] == "./.github/workflows/build.yml"
    assert [(name, job["needs"], job["with"]["stack"]) for name, job in jobs.items()] == [
        ("dev", ["build", "test"], "dev"),
        ("staging", ["build", "thorough", "dev"], "staging"),
        ("prod", ["build", "staging"], "prod"),
    ]
    assert {job["uses"] for job in jobs.values()} == {"./.github/workflows/up.yml"}
    (up,) = _workflow("up")["jobs"].values()
    assert up["environment"] == "${{ inputs.stack }}"
    assert _pulumi_commands(up) == ["up"]


def test_workflows_hold_no_keys_of_aws() -> None:
    """Workflows take an environment's role by OIDC, and have no access key."""
    for path in _FILES:
        assert not re.search("access[-_]key", path.read_text(encoding="utf-8").lower()), path
    for workflow, name in _WITH_CREDENTIALS:
        job = _workflow(workflow)["jobs"][name]
        assert job["permissions"]["id-token"] == "write"
        (step,) = _using(job, "aws-actions/configure-aws-credentials")
        assert step["with"]["role-to-assume"]


@pytest.mark.parametrize(("workflow", "name"), _WITH_CREDENTIALS)
def test_packages_are_installed_before_there_are_credentials(workflow: str, name: str) -> None:
    """Once a job has the AWS role or a secret, it runs `pulumi` and installs nothing."""
    job = _workflow(workflow)["jobs"][name]
    *installs, credentials, last = job["steps"]
    assert [credentials] == _using(job, "aws-actions/configure-aws-credentials")
    assert last in _using(job, "pulumi/actions")
    (install,) = [step for step in installs if "run" in step]
    assert install["run"] == 'scripts/install --check "$DIGEST"'
    assert "secrets." not in str({**job, "steps": job["steps"][:-1]})


@pytest.mark.parametrize(("workflow", "name"), _WITH_CREDENTIALS)
def test_the_pulumi_cli_is_the_program_s(workflow: str, name: str) -> None:
    """Every step with the Pulumi CLI names the version of the program's `pulumi` package."""
    (version,) = re.findall(r"^pulumi==(.+)$", _read("requirements.in"), re.MULTILINE)
    steps = _using(_workflow(workflow)["jobs"][name], "pulumi/actions")
    assert [step["with"]["pulumi-version"] for step in steps] == [version, version]


def test_each_environment_has_its_own_secrets() -> None:
    """Secrets are passed by name and belong to the job's environment; a preview has its own."""
    for job in _workflow("deploy")["jobs"].values():
        if "up.yml" in job.get("uses", ""):
            assert job["secrets"] == {name: f"${{{{ secrets.{name} }}}}" for name in _SECRETS}
    assert _triggers(_workflow("up"))["workflow_call"]["secrets"].keys() == _SECRETS
    assert _workflow("pull-request")["jobs"]["preview"]["environment"] == "preview"
    for workflow, name in _WITH_CREDENTIALS:
        last = _workflow(workflow)["jobs"][name]["steps"][-1]
        assert set(re.findall(r"secrets\.(\w+)", str(last["env"]))) == _SECRETS


def test_an_update_has_time_to_end() -> None:
    """No push cancels a deployment, and one that leaves a VPC ends before its job and role do."""
    (up,) = _workflow("up")["jobs"].values()
    assert up["concurrency"] == {
        "group": "stack-${{ inputs.stack }}",
        "cancel-in-progress": False,
    }
    assert up["timeout-minutes"] == 90
    (step,) = _using(up, "aws-actions/configure-aws-credentials")
    assert step["with"]["role-duration-seconds"] >= 60 * up["timeout-minutes"]


def test_a_deployment_that_was_cut_off_has_a_runbook() -> None:
    """The runbook of a locked stack has the commands in order, and is linked from four files."""
    runbook = _read("docs/operations.md").split("## A deployment was cut off\n")[1]
    commands = re.findall(r"pulumi (cancel|refresh|preview)", runbook.split("\n## ")[0])
    assert list(dict.fromkeys(commands)) == ["cancel", "refresh", "preview"]
    docs = ("CONTRIBUTING.md", "docs/configuration.md", "docs/operations.md")
    for file in (".github/workflows/up.yml", *docs):
        assert "#a-deployment-was-cut-off" in _read(file), file


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_a_workflow_takes_no_more_than_it_needs(path: Path) -> None:
    """Actions are pinned to commits, jobs have timeouts, may only read, and keep no token."""
    workflow = _workflow(path.stem)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        if "steps" in job:
            assert 0 < job["timeout-minutes"] <= 90, name
            for action in (step["uses"] for step in job["steps"] if "uses" in step):
                assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
            for checkout in _using(job, "actions/checkout"):
                assert checkout["with"]["persist-credentials"] is False, name


def test_workflows_are_linted() -> None:
    """`make lint` runs zizmor without the network; every exception has a reason."""
    assert re.search(r"zizmor .*--offline.* \.github$", _read("Makefile"), re.MULTILINE)
    lines = _read(".github/zizmor.yml").splitlines()
    rules = [number for number, line in enumerate(lines) if re.match(r"  \w", line)]
    assert all(lines[number - 1].lstrip().startswith("# ") for number in rules)
    exceptions = re.findall(r"zizmor: ignore.*", "".join(path.read_text() for path in _FILES))
    assert all(re.search(r"ignore\[[\w,-]+\] \w", exception) for exception in exceptions)


def _recipe(target: str) -> str:
    (recipe,) = re.findall(rf"^{target}: .*\n\t(.+)$", _read("Makefile"), re.MULTILINE)
    return str(recipe)


def test_what_takes_long_is_run_by_a_target_of_its_own() -> None:
    """`make test` leaves the thorough tests out, and `make thorough` runs them and no others."""
    assert "-m thorough" in _recipe("thorough")
    pytest_settings = tomllib.loads(_read("pyproject.toml"))["tool"]["pytest"]["ini_options"]
    assert "-m 'not thorough'" in pytest_settings["addopts"]


def test_coverage_has_a_floor() -> None:
    """`make coverage` lints, runs every test, measures coverage, and fails below 90 %."""
    assert re.search(r"^coverage: lint ", _read("Makefile"), re.MULTILINE)
    assert {"pytest", "--cov"} <= set(_recipe("coverage").split())
    assert tomllib.loads(_read("pyproject.toml"))["tool"]["coverage"]["report"]["fail_under"] == 90
