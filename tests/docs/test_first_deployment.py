"""Tests: docs/first-deployment.md names keys, outputs, resources and commands that exist."""

from __future__ import annotations

import re
import shlex

import botocore.session
import pytest
from botocore import xform_name

from infra.config.documents import fields
from tests.infra.support.combinations import EITHER, combined
from tests.infra.support.features import FULL, full
from tests.support.doc_tests import rows
from tooling.root import ROOT

_PAGE = (ROOT / "docs" / "first-deployment.md").read_text(encoding="utf-8")
_SECTIONS = (
    "Before `pulumi up`",
    "After `pulumi up`",
    "During the first canary",
    "After the first change of a VPC",
)
_ROWS = [tuple(row) for section in _SECTIONS for row in rows(_PAGE, section)]
_CODE = re.findall(r"`([^`]+)`", _PAGE)
_COMMANDS = sorted({code for code in _CODE if code.startswith("aws ") and " " in code})
_OF_THE_CLI = {"query", "output"}
_PULUMI = {"--refresh", "--expect-no-changes", "--diff"}


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0][:40])
def test_every_doubt_has_keys_a_command_and_what_to_see(row: tuple[str, ...]) -> None:
    """Every row names configuration keys that exist, one command, and what to see."""
    doubt, keys, command, seen = row
    named = re.findall(r"`([^`]+)`", keys)
    assert named
    assert set(named) <= {key for key, _ in fields()}
    assert doubt
    assert len(re.findall(r"`([^`]+)`", command)) == 1
    assert seen


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_aws_command_exists(command: str) -> None:
    """Every AWS CLI command is an operation of its service, and its options are parameters."""
    _, service, operation, *options = shlex.split(re.sub(r"<[^>]*>", "x", command))
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations
    shape = model.operation_model(operations[operation]).input_shape
    known = {xform_name(name, "-") for name in (shape.members if shape else {})} | _OF_THE_CLI
    assert {option.removeprefix("--") for option in options if option.startswith("--")} <= known


def test_commands_are_found() -> None:
    """The page holds what the other tests look at."""
    assert len(_COMMANDS) >= 15
    assert len(_ROWS) >= 15


def test_every_pulumi_option_is_one_that_the_page_may_use() -> None:
    """Every Pulumi CLI command is a preview with options that it has, an output or an update."""
    for command in (code for code in _CODE if code.startswith("pulumi ")):
        _, name, *options = command.split()
        assert name in ("preview", "up", "stack")
        assert {option for option in options if option.startswith("-")} <= _PULUMI


def test_every_output_and_resource_exists() -> None:
    """Every stack output and every deployed name on the page is one that some kind of stack has."""
    graphs = [*map(combined, EITHER), *map(full, FULL)]
    outputs = {name for graph in graphs for name in graph.outputs}
    assert set(re.findall(r"pulumi stack output (\w+)", _PAGE)) <= outputs
    keys = ("name", "configurationSetName")
    names = {
        str(resource.inputs[key]).replace(graph.prefix, "<project>-<stack>-")
        for graph in graphs
        for resource in graph.resources
        for key in keys
        if key in resource.inputs
    }
    named = set(re.findall(r"(?:/aws/lambda/)?<project>-<stack>-[a-z-]*[a-z]", _PAGE))
    assert named
    assert named <= names


def test_the_readme_leads_there() -> None:
    """The README links the page."""
    assert "(docs/first-deployment.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
