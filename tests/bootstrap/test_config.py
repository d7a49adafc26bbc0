"""Configuration errors of the bootstrap program: one sentence, and nothing is created."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from bootstrap.config import BootstrapConfig, check_names, parse, project_name
from infra.config import ConfigError
from tests.bootstrap.support import REPOSITORY, stackfile
from tests.infra.support.graph import refusal
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# By key, values that are not allowed, and what the sentence says instead.
_WRONG: list[tuple[str, Any, str]] = [
    ("repository", "orders", "OWNER/NAME or OWNER@ID/NAME@ID"),
    ("repository", "tea-house@12/orders", "OWNER/NAME or OWNER@ID/NAME@ID"),
    ("repository", "tea-house/*", "OWNER/NAME or OWNER@ID/NAME@ID"),
    ("stacks", [], "at least 1 item"),
    ("stacks", ["pr-*"], "name of a stack"),
    ("stacks", ["dev", "dev"], "once"),
    ("stacks", list("abcdefg"), "at most 6 items"),
    ("previewStacks", ["*"], "name of a stack"),
    ("previewStacks", [], "at least 1 item"),
    ("pullRequestStacks", "yes", "boolean"),
    ("oidcProviderArn", "arn:aws:iam::123456789012:role/x", "OIDC provider"),
    ("stateBackend", "file", "'pulumiCloud' or 's3'"),
    ("regions", ["Ireland"], "AWS region"),
    ("hostedZoneIds", ["example.com"], "hosted zone"),
    ("secretArns", ["arn:aws:s3:::secrets"], "secret"),
    ("permissionsBoundary", "arn:aws:iam::123456789012:policy/x", "boolean"),
]


@pytest.mark.parametrize(("key", "value", "allowed"), _WRONG)
def test_a_wrong_value_stops_the_program(key: str, value: Any, allowed: str) -> None:
    """The sentence names the key and the file, and says what is allowed."""
    error = refusal(stackfile(**{"repository": REPOSITORY, key: value}))
    assert f":{key}" in error
    assert "Pulumi.account.yaml" in error
    assert allowed in error
    assert "\n" not in error


def test_every_key_has_a_wrong_value_here() -> None:
    """No key accepts everything."""
    keys = {str(field.alias) for field in BootstrapConfig.model_fields.values()}
    assert {key for key, _, _ in _WRONG} == keys


def test_the_repository_is_required() -> None:
    """Without it, the sentence has the command that sets it."""
    error = refusal(stackfile())
    assert "repository' is missing" in error
    assert "pulumi config set repository" in error


def test_an_unknown_key_stops_the_program() -> None:
    """A key that does not exist is refused, with one that is like it."""
    error = refusal(stackfile(repository=REPOSITORY, stack=["dev"]))
    assert "did you mean 'stacks'?" in error


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"stacks": ["dev", "dev-eu"]}, ["'dev' and 'dev-eu'", "rename"]),
        ({"stacks": ["preview"]}, ["'preview'", "another role"]),
        ({"stacks": ["dev", "drift"]}, ["'drift'", "another role"]),
        ({"stacks": ["pull-request"]}, ["'pull-request'", "another role"]),
        ({"stacks": ["dev", "DEV-eu"]}, ["'dev' and 'DEV-eu'", "rename"]),
        ({"stacks": ["dev", "Dev"]}, ["'Dev' and 'dev'", "rename"]),
        ({"stacks": ["dev-eu", "dev_EU"]}, ["'dev-eu' and 'dev_EU'", "rename"]),
        ({"stacks": ["Preview"]}, ["'Preview'", "another role"]),
        ({"stacks": ["pr-main"], "pullRequestStacks": True}, ["'pr-main'", "'pr-'"]),
        ({"stacks": ["PR_main"], "pullRequestStacks": True}, ["'PR_main'", "'pr-'"]),
        ({"stacks": ["pr"], "pullRequestStacks": True}, ["'pr'", "'pr-'"]),
        ({"previewStacks": ["prod", "test"]}, ["previewStacks", "test"]),
    ],
)
def test_conflicts_stop_the_program(config: dict[str, Any], named: list[str]) -> None:
    """Stacks that a role could not tell apart are refused, as are unknown ones."""
    error = refusal(stackfile(repository=REPOSITORY, **config))
    for each in named:
        assert each in error
    assert "\n" not in error


@pytest.mark.parametrize(
    "config",
    [
        {"stacks": ["dev", "developers", "dev_eu", "prod"]},
        {"stacks": ["pr"]},
        {"stacks": ["prod", "preprod"], "pullRequestStacks": True},
    ],
)
def test_other_names_are_allowed(config: dict[str, Any]) -> None:
    """Names that no pattern of another stack matches do not conflict."""
    assert parse({"repository": REPOSITORY, **{key: json.dumps(v) for key, v in config.items()}})


@pytest.mark.parametrize(
    ("project", "config", "named"),
    [
        ("p" * 32, {"stacks": ["dev", "prod"]}, ["'dev'", "'prod'", "shorten"]),
        (
            "p" * 30,
            {"stacks": ["prod"], "pullRequestStacks": True},
            ["'prod'", "pr-*"],
        ),
        ("github", {"stacks": ["github"]}, ["'github'", "github-github-"]),
        ("github-github", {"stacks": ["github"]}, ["'github'", "github-github-github-"]),
    ],
)
def test_long_and_reserved_names_of_projects_conflict(
    project: str, config: dict[str, Any], named: list[str]
) -> None:
    """Stacks whose buckets or roles have names that patterns cannot tell apart are refused."""
    parsed = parse({"repository": REPOSITORY, **{k: json.dumps(v) for k, v in config.items()}})
    check_names(parsed, "order-processing")
    with pytest.raises(ConfigError) as caught:
        check_names(parsed, project)
    for each in named:
        assert each in str(caught.value)


def test_the_program_checks_names() -> None:
    """The program refuses names of this project's stacks that conflict."""
    source = (ROOT / "bootstrap" / "__main__.py").read_text(encoding="utf-8")
    assert "config.check_names(settings, project)" in source


def test_a_project_needs_a_name(tmp_path: Path) -> None:
    """The project's name is that of the stacks' Pulumi.yaml."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n", encoding="utf-8")
    assert project_name(tmp_path) == "shop"
    (tmp_path / "Pulumi.yaml").write_text("runtime: python\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="must give the project's name"):
        project_name(tmp_path)


def test_the_page_describes_every_key() -> None:
    """docs/production.md has each key with its default."""
    page = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    section = page.partition("\n## Roles for GitHub\n")[2].partition("\n## ")[0]
    described = dict(re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \|$", section, re.MULTILINE))
    for field in BootstrapConfig.model_fields.values():
        default = described[str(field.alias)]
        if isinstance(field.default, bool):
            assert default == f"`{json.dumps(field.default)}`", field.alias
        for value in field.default if isinstance(field.default, list) else []:
            assert f"`{value}`" in default, field.alias
