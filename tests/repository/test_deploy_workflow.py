"""The workflows that deploy and check stacks: order, one artifact, and time to end."""

from __future__ import annotations

import re
import shutil
import subprocess

from tests.repository.support.workflows import (
    CREDENTIALS,
    STACKS,
    commands,
    jobs,
    read,
    triggers,
    using,
)
from tooling.root import ROOT


def test_main_is_deployed_stack_by_stack() -> None:
    """A push to `main` runs every check, and deploys dev, staging and prod in turn."""
    assert triggers("deploy") == {"push": {"branches": ["main"]}}
    deploy = jobs("deploy")
    assert commands(deploy["test"]) == [
        "make lint",
        "make tests PART=embedded",
        "make tests PART=others",
    ]
    assert deploy["test"]["strategy"]["matrix"]["command"] == commands(deploy["test"])
    assert commands(deploy["thorough"]) == ["make thorough"]
    needs = {name: deploy[name]["needs"] for name in STACKS}
    assert needs == {
        "dev": ["build", "test"],
        "staging": ["build", "thorough", "dev"],
        "prod": ["build", "staging"],
    }
    for stack in STACKS:
        assert deploy[stack]["uses"] == "./.github/workflows/up.yml"
        assert deploy[stack]["with"]["stack"] == deploy[stack]["with"]["environment"] == stack


def test_the_parts_are_all_tests() -> None:
    """The parallel jobs run each test of `make test` once."""
    parts = [_paths("tests", f"PART={part}") for part in ("embedded", "others")]
    assert parts[0]
    assert not [path for path in parts[0] if path.startswith("--ignore")]
    assert parts[1] == [f"--ignore={path}" for path in parts[0]]
    assert _paths("test") == []
    assert all((ROOT / path).is_dir() for path in parts[0])


def _paths(*arguments: str) -> list[str]:
    """The tests that a target of the Makefile selects or ignores."""
    make = shutil.which("make") or "make"
    command = [make, "--dry-run", "--assume-old=.venv/.ready", *arguments]
    lines = subprocess.run(  # noqa: S603 (the project's Makefile)
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.replace("\\\n", " ")
    (line,) = [line for line in lines.splitlines() if "-m pytest" in line]
    return [word for word in line.split() if word.startswith(("tests/", "--ignore"))]


def test_one_artifact_is_promoted() -> None:
    """The bundles are built once, without credentials; every stack gets those and no others."""
    (build,) = jobs("build").values()
    assert "make bundles" in commands(build)
    assert "permissions" not in build
    upload = using(build, "actions/upload-artifact")[0]["with"]
    assert upload["name"] == "bundles"
    assert upload["path"].split() == [".bundles/*.zip", ".bundles/*.json"]
    assert upload["include-hidden-files"] is True
    for name in ("deploy", "pull-request-stack"):
        for job in jobs(name).values():
            if job["uses"].endswith("up.yml") if "uses" in job else False:
                assert job["with"]["digest"] == "${{ needs.build.outputs.digest }}"
    for job in (jobs("up")["up"], jobs("pull-request")["preview"]):
        download = using(job, "actions/download-artifact")[0]
        assert download["with"] == {"name": "bundles", "path": ".bundles"}
        steps = job["steps"]
        (install,) = [step for step in steps if "scripts/install" in step.get("run", "")]
        assert install["run"] == 'scripts/install --check "$DIGEST"'
        assert steps.index(download) < steps.index(install)


def test_the_build_is_described() -> None:
    """The build uploads an SBOM beside the bundles."""
    (build,) = jobs("build").values()
    assert "make sbom" in commands(build)
    assert {"name": "sbom", "path": "sbom"} in [
        step["with"] for step in using(build, "actions/upload-artifact")
    ]


def test_a_release_is_what_a_person_runs() -> None:
    """The workflow releases a stack with the command of `make deploy`, and the policies."""
    last = commands(jobs("up")["up"])[-1]
    command = '.venv/bin/python -m release deploy --stack "$STACK" --policy-pack policy'
    assert last == f'{command} "${{SMOKE_TEST:---smoke}}"'
    assert "-m release deploy" in read("Makefile")


def test_an_older_commit_is_not_deployed() -> None:
    """Before it installs anything, a deployment checks that no newer commit is deployed."""
    steps = [step for step in jobs("up")["up"]["steps"] if "run" in step]
    assert steps[0]["run"].startswith("python3 -m pipeline check-newer ")
    assert steps[0]["if"] == "inputs.environment == inputs.stack"


def test_an_update_has_time_to_end() -> None:
    """A job that leaves a VPC, or has a canary, ends before its timeout and its role's session."""
    for file in ("up", "destroy"):
        (job,) = jobs(file).values()
        (step,) = using(job, CREDENTIALS)
        assert step["with"]["role-duration-seconds"] >= 60 * job["timeout-minutes"]
    assert jobs("up")["up"]["timeout-minutes"] >= 45 + 60  # leaving a VPC, and a long canary


def test_a_deployment_that_was_cut_off_has_a_runbook() -> None:
    """The runbook of a locked stack has the commands in order, and is linked from four files."""
    runbook = read("docs/operations.md").split("## A deployment was cut off\n")[1]
    runbook_commands = re.findall(r"pulumi (cancel|refresh|preview)", runbook.split("\n## ")[0])
    assert list(dict.fromkeys(runbook_commands)) == ["cancel", "refresh", "preview"]
    docs = ("docs/pipeline.md", "docs/configuration.md", "docs/operations.md")
    for file in (".github/workflows/up.yml", *docs):
        assert "#a-deployment-was-cut-off" in read(file), file


def test_drift_is_looked_for_every_night() -> None:
    """Every deployed stack is compared with its deployed commit, by a role that only reads."""
    assert "schedule" in triggers("drift")
    check = jobs("drift")["check"]
    assert check["strategy"]["matrix"]["stack"] == STACKS
    assert check["environment"] == "drift"
    (preview,) = [command for command in commands(check) if "pulumi preview" in command]
    assert {"--refresh", "--expect-no-changes"} <= set(preview.split())
    deployed = using(check, "actions/checkout")[1]["with"]
    assert deployed["ref"] == "${{ steps.deployed.outputs.commit }}"
    assert commands(jobs("drift")["report"]) == ["python3 -m pipeline issues drift/*.md"]


def test_locked_packages_are_audited() -> None:
    """`make audit` runs every day, and for a pull request that changes a locked file."""
    assert {"schedule", "pull_request"} <= triggers("audit").keys()
    assert "**/requirements*.txt" in triggers("audit")["pull_request"]["paths"]
    (job,) = jobs("audit").values()
    assert commands(job) == ["make audit"]
