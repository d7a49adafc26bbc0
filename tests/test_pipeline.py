"""Tests: what happens to a change before it is deployed, and how it is."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

from tests.support.doc_tests import ROOT

_WORKFLOWS = ROOT / ".github" / "workflows"


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
    assert [step["with"]["command"] for step in jobs["preview"]["steps"] if "command" in step.get("with", {})] == [
        "preview"
    ]


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
    assert {step["with"]["command"] for step in up["steps"] if "command" in step.get("with", {})} == {"up"}


def test_workflows_hold_no_keys_of_aws() -> None:
    """Workflows take an environment's role by OIDC, and know no access key."""
    for path in _WORKFLOWS.glob("*.yml"):
        text = path.read_text(encoding="utf-8").lower()
        assert "access-key" not in text, path
        assert "access_key" not in text, path
    for job in (_workflow("up")["jobs"]["up"], _workflow("pull-request")["jobs"]["preview"]):
        assert job["permissions"]["id-token"] == "write"
        assert [step["with"]["role-to-assume"] for step in job["steps"] if "role-to-assume" in step.get("with", {})]


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
