"""Tests: docs/production.md shows what preflight prints, and names commands and keys that exist."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final

import botocore.session
import pytest
import typer
from botocore import xform_name

from infra.config.documents import fields
from orderctl import cli as orderctl
from release import cli as release
from release.preflight import quotas
from tests.docs.production import PAGE, generate
from tests.infra.support.features import full
from tests.support.doc_tests import rows
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE: Final = PAGE.read_text(encoding="utf-8")
_SECTIONS: Final = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", _PAGE, re.MULTILINE | re.DOTALL))

# Their commands run in another program, bootstrap/.
_OF_THE_BOOTSTRAP: Final = ("State backend", "Roles for GitHub")

_OF_THE_CLI: Final = {"query", "output"}


def _commands() -> list[str]:
    """The commands in the page's code blocks and tables, each in one line."""
    texts = [text for title, text in _SECTIONS.items() if title not in _OF_THE_BOOTSTRAP]
    blocks = [block for text in texts for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    lines = [line for block in blocks for line in _joined(block)]
    inline = re.findall(
        r"`((?:aws|make|pulumi|scripts/orderctl|\.venv/bin/python) [^`]+)`", "".join(texts)
    )
    return [" ".join(each.split()) for each in (*lines, *inline)]


def _joined(block: str) -> list[str]:
    """The lines of a block; those of one command are one."""
    text = re.sub(r"\\\n", " ", block)
    return re.sub(r"(-d '[^']*')", lambda match: match[1].replace("\n", " "), text).splitlines()


def _starting(start: str) -> list[str]:
    return [each for each in _commands() if each.startswith(start)]


def test_the_generated_parts_are_up_to_date() -> None:
    """The page has the report that preflight prints, and its IAM actions, as `make docs` writes."""
    assert generate(_PAGE) == _PAGE
    assert "prod: " in _SECTIONS["Preflight"]


def test_the_quotas_are_those_that_preflight_compares() -> None:
    """The page lists each quota that a check counts, with its codes."""
    listed = {tuple(re.findall(r"`([^`]+)`", "".join(row[2:]))) for row in rows(_PAGE, "Quotas")}
    assert {each.code for each in quotas.QUOTAS} <= listed


def test_every_aws_command_exists() -> None:
    """Every AWS CLI command is an operation of its service, and its options are parameters."""
    commands = [each for each in _starting("aws ") if not each.startswith("aws configure ")]
    assert len(commands) >= 12
    for command in commands:
        _, service, operation, *options = shlex.split(re.sub(r"<[^>]*>", "x", command))
        model = botocore.session.get_session().get_service_model(service)
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in operations, command
        shape = model.operation_model(operations[operation]).input_shape
        known = {xform_name(name, "-") for name in (shape.members if shape else {})} | _OF_THE_CLI
        named = {each.removeprefix("--") for each in options if each.startswith("--")}
        assert named <= known, command


def test_every_make_target_exists() -> None:
    """Every target of make exists, and takes the variables that the page passes."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = _starting("make ")
    assert {each.split()[1] for each in commands} >= {"preflight", "deploy", "smoke", "cost"}
    for command in commands:
        _, target, *variables = command.split()
        if target == "local":
            continue
        (recipe,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
        for variable in variables:
            assert f"$({variable.partition('=')[0]})" in recipe, command


@pytest.mark.parametrize(
    ("start", "app"),
    [("scripts/orderctl ", orderctl.app), (".venv/bin/python -m release ", release.app)],
)
def test_every_command_of_the_project_exists(start: str, app: typer.Typer) -> None:
    """Every command of orderctl and of `python -m release` exists, with its options."""
    commands: Any = typer.main.get_command(app)
    named = [each.removeprefix(start).split() for each in _starting(start)]
    assert named
    for name, *options in named:
        parameters = commands.commands[name].params
        known = {
            option
            for parameter in parameters
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {option for option in options if option.startswith("--")} <= known


def test_every_pulumi_command_is_one_that_the_page_may_use() -> None:
    """Every Pulumi CLI command and option is one of this list."""
    options = {"--stack", "--path", "--refresh", "--all"}
    groups = ("stack init", "stack output", "stack rm", "state unprotect", "config set")
    for command in _starting("pulumi "):
        words = shlex.split(re.sub(r"[<>]", "", command))
        assert " ".join(words[1:3]) in groups or (
            words[1] in ("install", "preview", "up", "destroy")
        ), command
        assert {word for word in words if word.startswith("--")} <= options, command


def _keys_that_are_set() -> Iterator[str]:
    for command in _starting("pulumi config set "):
        words = shlex.split(re.sub(r"[<>]", "", command))[3:]
        path = next(word for word in words if not word.startswith("--"))
        yield re.sub(r"\[\d+\]", "", path)


def test_every_key_exists() -> None:
    """Every configuration key on the page is one that a stack may set."""
    known = {re.sub(r"\.<\w+>", ".orders", key) for key, _ in fields()} | {"aws:region"}
    known |= {f"{key}.orders" for key in ("reservedConcurrency", "maximumConcurrency", "memory")}
    keys = {*_keys_that_are_set()}
    assert len(keys) >= 9
    assert keys <= known
    table = {
        key for row in rows(_PAGE, "Values to fill in") for key in re.findall(r"`([^`]+)`", row[0])
    }
    assert table <= known


def test_every_output_exists() -> None:
    """Every stack output on the page is one that a stack with its own SES identity has."""
    named = set(re.findall(r"pulumi stack output (\w+)", _PAGE))
    assert {"ordersUrl", "region", "sesDkimTokens"} <= named
    assert named <= full("direct").outputs.keys()


def test_the_readme_leads_there() -> None:
    """The README links the page where it deploys."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## Deploy it to AWS\n")[1].split("\n## ", maxsplit=1)[0]
    assert "(docs/production.md)" in section
