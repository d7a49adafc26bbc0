"""The GitHub workflows, read as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# The stacks that a push to `main` deploys, in their order.
STACKS: Final = ["dev", "staging", "prod"]
CREDENTIALS: Final = "aws-actions/configure-aws-credentials"


def read(file: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / file).read_text(encoding="utf-8")


def workflow(name: str) -> dict[Any, Any]:
    """Return a workflow by the name of its file."""
    content: dict[Any, Any] = yaml.safe_load(read(f".github/workflows/{name}.yml"))
    return content


def jobs(name: str) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow."""
    content: dict[str, dict[str, Any]] = workflow(name)["jobs"]
    return content


def triggers(name: str) -> Any:
    """Return what starts a workflow; to this parser, the key `on` is a boolean."""
    return workflow(name)[True]


def commands(job: dict[str, Any]) -> list[str]:
    """Return the commands of a job's steps."""
    return [step["run"] for step in job["steps"] if "run" in step]


def using(job: dict[str, Any], action: str) -> list[dict[str, Any]]:
    """Return the steps of a job that use an action."""
    return [step for step in job["steps"] if step.get("uses", "").startswith(f"{action}@")]


def all_jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every job, as (workflow, name, job)."""
    for path in FILES:
        for name, job in jobs(path.stem).items():
            yield path.stem, name, job


def jobs_with_role() -> list[tuple[str, str]]:
    """Return the jobs that take a role of AWS, as (workflow, name)."""
    return [
        (workflow, name)
        for workflow, name, job in all_jobs()
        if "steps" in job and using(job, CREDENTIALS)
    ]
