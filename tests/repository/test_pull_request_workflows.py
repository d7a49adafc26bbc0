"""The workflows of pull requests: checks, comments, and stacks of their own."""

from __future__ import annotations

import re

import pytest

from openapi.files import load_file
from tests.repository.support.workflows import (
    STACKS,
    commands,
    jobs,
    read,
    triggers,
    using,
)
from tests.support.stacks import PULL_REQUEST

_OF_THIS_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
_NOT_DEPENDABOT = "github.event.pull_request.user.login != 'dependabot[bot]'"


def test_pull_requests_are_tested_and_previewed() -> None:
    """A pull request runs every check, and previews every stack that is deployed."""
    pull_request = jobs("pull-request")
    assert "pull_request" in triggers("pull-request")
    assert commands(pull_request["test"]) == ["make coverage"]
    assert commands(pull_request["thorough"]) == ["make thorough"]
    assert commands(pull_request["workflows"]) == ["scripts/actionlint"]
    preview = pull_request["preview"]
    assert preview["strategy"]["matrix"]["stack"] == STACKS
    (command,) = [command for command in commands(preview) if "pulumi preview" in command]
    assert "--policy-pack policy" in command
    assert "--event-log events.json" in command


def test_pull_requests_show_what_changes_in_resources() -> None:
    """The job summary shows which resources a pull request changes; no change fails the job."""
    job = jobs("pull-request")["graph"]
    (checkout,) = using(job, "actions/checkout")
    assert checkout["with"]["fetch-depth"] == 2  # the merge commit and the base branch
    comparison, summary = commands(job)[1].splitlines()
    assert re.fullmatch(r"scripts/graph-diff 'HEAD\^1' HEAD > (\S+) 2>&1 \|\| true", comparison)
    assert comparison.split()[4] in summary
    assert summary.endswith('>> "$GITHUB_STEP_SUMMARY"')


def test_a_stack_s_comment_has_preview_policies_and_cost() -> None:
    """The comment is made from the preview's events and the cost difference, and then posted."""
    pull_request = jobs("pull-request")
    costs = commands(pull_request["graph"])[2]
    assert all(stack in costs for stack in STACKS)
    assert "scripts/cost-diff 'HEAD^1' HEAD --stack" in costs
    assert "### Monthly cost" in read("costs/diff.py")  # the comment's heading
    rendering = commands(pull_request["preview"])[-1]
    assert "-m pipeline preview" in rendering
    assert {"--events", "--costs"} <= set(rendering.split())
    comment = pull_request["comment"]
    assert comment["needs"] == "preview"
    assert "!cancelled()" in comment["if"]  # also after a preview that failed
    (checkout,) = using(comment, "actions/checkout")
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"


@pytest.mark.parametrize(
    ("file", "name"),
    [("pull-request", "preview"), ("pull-request-stack", "build")],
)
def test_forks_get_neither_role_nor_token(file: str, name: str) -> None:
    """A job with credentials, or one that such a job needs, is skipped for a fork."""
    condition = jobs(file)[name]["if"]
    assert _OF_THIS_REPOSITORY in condition
    assert _NOT_DEPENDABOT in condition
    assert "||" not in condition.split("(")[0]


def test_a_label_gives_a_pull_request_a_stack() -> None:
    """With the label, every push deploys the stack; closing or unlabelling removes it."""
    types = {"opened", "reopened", "synchronize", "labeled", "unlabeled", "closed"}
    assert set(triggers("pull-request-stack")["pull_request"]["types"]) == types
    build, up, destroy = jobs("pull-request-stack").values()
    assert "contains(github.event.pull_request.labels.*.name, 'deploy')" in build["if"]
    assert "github.event.action != 'closed'" in build["if"]
    assert up["needs"] == "build"
    assert up["with"]["stack"] == destroy["with"]["stack"] == "pr-${{ github.event.number }}"
    assert up["with"]["environment"] == "pull-request"
    assert _OF_THIS_REPOSITORY in destroy["if"]
    assert "github.event.action == 'closed'" in destroy["if"]
    assert "github.event.action == 'unlabeled'" in destroy["if"]


def test_only_a_pull_request_s_stack_is_destroyed() -> None:
    """The workflow that destroys refuses other names, and has the environment of these stacks."""
    (job,) = jobs("destroy").values()
    assert job["if"] == "startsWith(inputs.stack, 'pr-')"
    assert job["environment"] == "pull-request"
    assert "--remove" in commands(job)[-1]
    assert jobs("drift")["remove"]["uses"] == "./.github/workflows/destroy.yml"


def test_the_template_of_these_stacks_is_valid_and_short_lived() -> None:
    """The configuration of `pr-<number>` is accepted, and keeps nothing from being deleted."""
    config = load_file(PULL_REQUEST)
    assert not config.deletion_protection
    assert config.monitoring == "none"
    assert (config.domain, config.canary) == (None, None)
    for file in ("up", "destroy"):
        assert 'cp Pulumi.pull-request.yaml "Pulumi.$STACK.yaml"' in read(
            f".github/workflows/{file}.yml"
        )
