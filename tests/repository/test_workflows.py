"""The GitHub workflows: what each job has access to, and how they are checked."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml

from bootstrap.config import DRIFT, PREVIEW, PULL_REQUEST
from infra.functions.bundle import LAMBDA
from tests.repository.support.workflows import (
    CREDENTIALS,
    FILES,
    STACKS,
    all_jobs,
    commands,
    jobs,
    jobs_with_role,
    read,
    triggers,
    using,
    workflow,
)
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_SECRETS = {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"}
_WITH_ROLE = jobs_with_role()
# Permissions of the token that change something, by job, beside the OIDC role.
_WRITES = {
    ("pull-request", "comment"): {"pull-requests"},
    ("drift", "report"): {"issues"},
}


def test_jobs_with_a_role_are_known() -> None:
    """These jobs, and no others, take a role of AWS."""
    assert _WITH_ROLE == [
        ("destroy", "destroy"),
        ("drift", "check"),
        ("drift", "abandoned"),
        ("pull-request", "preview"),
        ("up", "up"),
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_workflow_takes_no_more_than_it_needs(path: Path) -> None:
    """Actions are pinned to commits, jobs have timeouts, may only read, and keep no token."""
    assert workflow(path.stem)["permissions"] == {"contents": "read"}
    for name, job in jobs(path.stem).items():
        for step in job.get("steps", []):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}|", step.get("uses", "")), name
        if "steps" in job:
            assert 0 < job["timeout-minutes"] <= 150, name
            for checkout in using(job, "actions/checkout"):
                assert checkout["with"]["persist-credentials"] is False, name


def test_an_action_has_one_version() -> None:
    """All workflows use the same commit of an action, with its version as a comment."""
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    uses = re.findall(r"uses: ([\w-]+/[\w-]+)@(\w+ # v[0-9.]+)", text)
    assert len(uses) == len(re.findall("uses: [^.]", text))
    assert len(set(uses)) == len({action for action, _ in uses})


def test_a_token_that_writes_meets_no_program() -> None:
    """A job whose token may write has no role, no secret, and installs nothing."""
    for file, name, job in all_jobs():
        writes = {key for key, value in job.get("permissions", {}).items() if value == "write"}
        assert writes - {"id-token"} == _WRITES.get((file, name), set()), name
        if writes - {"id-token"}:
            assert "id-token" not in writes
            assert "secrets." not in str(job)
            assert all(command.startswith("python3 -m pipeline ") for command in commands(job))


def test_workflows_hold_no_keys_of_aws() -> None:
    """Workflows take an environment's role by OIDC, and have no access key."""
    for path in FILES:
        assert not re.search("access[-_]key", path.read_text(encoding="utf-8").lower()), path
    for file, name in _WITH_ROLE:
        job = jobs(file)[name]
        assert job["permissions"]["id-token"] == "write"
        assert job["environment"]
        (step,) = using(job, CREDENTIALS)
        assert step["with"]["role-to-assume"] == "${{ vars.AWS_ROLE_ARN }}"


@pytest.mark.parametrize(("file", "name"), _WITH_ROLE)
def test_packages_are_installed_before_there_are_credentials(file: str, name: str) -> None:
    """Once a job has the AWS role or a secret, it runs the program and installs nothing."""
    job = jobs(file)[name]
    steps = job["steps"]
    start = steps.index(using(job, CREDENTIALS)[0])
    assert "secrets." not in str(steps[:start])
    for step in steps[start + 1 :]:
        assert "scripts/install" not in step.get("run", "")
        assert step.get("uses", "actions/upload-artifact@").startswith("actions/upload-artifact@")
    if name != "abandoned":  # it lists stacks, and needs no package
        (install,) = [step for step in steps[:start] if "scripts/install" in step.get("run", "")]
        assert steps.index(using(job, "pulumi/actions")[0]) < steps.index(install)


@pytest.mark.parametrize(("file", "name"), _WITH_ROLE)
def test_the_pulumi_cli_is_the_program_s(file: str, name: str) -> None:
    """Every step that installs the Pulumi CLI names the version of the program's package."""
    (version,) = re.findall(r"^pulumi==(.+)$", read("requirements.in"), re.MULTILINE)
    (step,) = using(jobs(file)[name], "pulumi/actions")
    assert step["with"] == {"pulumi-version": version}


@pytest.mark.parametrize(("file", "name"), [("build", "build"), *_WITH_ROLE])
def test_jobs_with_bundles_have_the_functions_python(file: str, name: str) -> None:
    """Jobs that build or find bundles run the Python that compiles the modules in them."""
    if name != "abandoned":
        (setup,) = using(jobs(file)[name], "actions/setup-python")
        assert setup["with"]["python-version"] == LAMBDA.python_version


def test_each_environment_has_its_own_secrets() -> None:
    """Secrets are passed by name alone, and belong to the environment of the job that uses them."""
    for file, name, job in all_jobs():
        used = set(re.findall(r"secrets\.(\w+)", str(job)))
        assert used <= _SECRETS, name
        if "uses" in job:
            assert job.get("secrets", {}) == {key: f"${{{{ secrets.{key} }}}}" for key in used}
        elif used:
            assert (file, name) in _WITH_ROLE
    for file in ("up", "destroy"):
        assert triggers(file)["workflow_call"]["secrets"].keys() == _SECRETS


def test_environments_have_a_role() -> None:
    """Every environment of a job is one that `bootstrap/` makes a role for, by its name."""
    names = {job["environment"] for _, _, job in all_jobs() if "environment" in job}
    names |= {job["with"]["environment"] for job in jobs("deploy").values() if "with" in job}
    names.remove("${{ inputs.environment }}")
    assert names == {PREVIEW, DRIFT, PULL_REQUEST, *STACKS}


def test_a_stack_has_one_update_at_a_time() -> None:
    """Jobs that change or check a stack share its group; none is cancelled, or loses its place."""
    groups = {
        ("up", "up"): "stack-${{ inputs.stack }}",
        ("destroy", "destroy"): "stack-${{ inputs.stack }}",
        ("drift", "check"): "stack-${{ matrix.stack }}",
    }
    for (file, name), group in groups.items():
        expected = {"group": group, "cancel-in-progress": False, "queue": "max"}
        assert jobs(file)[name]["concurrency"] == expected
    for file in ("deploy", "pull-request-stack", "drift"):
        assert workflow(file)["concurrency"]["cancel-in-progress"] is False


def test_workflows_are_linted() -> None:
    """`make lint` runs zizmor without the network, and actionlint; exceptions have reasons."""
    makefile = read("Makefile")
    assert re.search(r"zizmor .*--offline.* \.github$", makefile, re.MULTILINE)
    assert "\t@scripts/actionlint --if-available\n" in makefile
    for file, rule in ((".github/zizmor.yml", r"  \w"), (".github/actionlint.yaml", r"      - ")):
        lines = read(file).splitlines()
        rules = [number for number, line in enumerate(lines) if re.match(rule, line)]
        assert rules
        assert all(lines[number - 1].lstrip().startswith(("# ", "#  ")) for number in rules)
    exceptions = re.findall(r"zizmor: ignore.*", "".join(path.read_text() for path in FILES))
    assert all(re.search(r"ignore\[[\w,-]+\] \w", exception) for exception in exceptions)


def test_dependabot_looks_at_every_requirements_file() -> None:
    """Dependabot updates each folder with requirements, and the actions, after a week."""
    updates = yaml.safe_load(read(".github/dependabot.yml"))["updates"]
    python, actions = updates
    folders = {
        f"/{path.parent.relative_to(ROOT).as_posix()}".replace("/.", "/")
        for path in [*ROOT.glob("requirements*.in"), *ROOT.glob("*/requirements.in")]
    }
    assert (python["package-ecosystem"], set(python["directories"])) == ("uv", folders)
    assert actions["package-ecosystem"] == "github-actions"
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)


def test_locked_files_tell_dependabot_their_options() -> None:
    """A locked file names the options of uv that Dependabot reads from it."""
    for path in [*ROOT.glob("requirements*.txt"), *ROOT.glob("*/requirements.txt")]:
        header = path.read_text(encoding="utf-8").splitlines()[2]
        assert {"--generate-hashes", "--no-strip-extras", "--python-version"} <= set(header.split())
        assert ("--universal" in header) is (path.parent.name != "handlers")


def _recipe(target: str) -> str:
    (recipe,) = re.findall(rf"^{target}: .*\n\t(.+)$", read("Makefile"), re.MULTILINE)
    return str(recipe)


def test_what_takes_long_is_run_by_a_target_of_its_own() -> None:
    """`make test` leaves the thorough tests out, and `make thorough` runs them and no others."""
    assert "-m thorough" in _recipe("thorough")
    pytest_settings = tomllib.loads(read("pyproject.toml"))["tool"]["pytest"]["ini_options"]
    assert "-m 'not thorough'" in pytest_settings["addopts"]


def test_coverage_has_a_floor() -> None:
    """`make coverage` lints, runs every test, measures coverage, and fails below 90 %."""
    assert re.search(r"^coverage: lint ", read("Makefile"), re.MULTILINE)
    assert {"pytest", "--cov"} <= set(_recipe("coverage").split())
    assert tomllib.loads(read("pyproject.toml"))["tool"]["coverage"]["report"]["fail_under"] == 90
