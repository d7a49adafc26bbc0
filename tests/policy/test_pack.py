"""The policy pack: type tokens, imports, requirements, and its use in workflows."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from policy.rules import Level
from policy.rules import resource_types as types
from policy.rules.tags import TAGGABLE
from tests.policy.support.rules import RULE_BY_NAME, provider_class
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from policy.rules import ResourceRule, StackRule

_TYPES = sorted({*TAGGABLE, *(value for name, value in vars(types).items() if name.isupper())})
_MODULES = sorted((ROOT / "policy" / "rules").glob("*.py"))


def test_levels_are_those_of_the_engine() -> None:
    """The levels have Pulumi's names."""
    assert {level.value for level in Level} == {"mandatory", "advisory"}


@pytest.mark.parametrize("rule", RULE_BY_NAME.values(), ids=RULE_BY_NAME)
def test_descriptions(rule: ResourceRule | StackRule) -> None:
    """Every rule has a description of one sentence."""
    assert re.fullmatch(r"[A-Z`].+\.", rule.description)


@pytest.mark.parametrize("token", _TYPES)
def test_type_tokens(token: str) -> None:
    """Every type token is one of the provider's."""
    assert vars(provider_class(token))["pulumi_type"] == token


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.name)
def test_rules_need_no_packages(path: Path) -> None:
    """Rules import only the standard library and their own package: they run without the engine."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {
        str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_the_pack_runs_with_the_program_s_pulumi() -> None:
    """The pack's requirements have the program's version of Pulumi."""
    pins = [
        set(re.findall(r"^pulumi==[\d.]+", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))
        for file in ("requirements.txt", "policy/requirements.in", "policy/requirements.txt")
    ]
    assert pins[0]
    assert pins[0] == pins[1] == pins[2]


@pytest.mark.parametrize(("workflow", "job"), [("pull-request", "preview"), ("up", "up")])
def test_previews_and_deployments_run_the_pack(workflow: str, job: str) -> None:
    """Previews and deployments use the pack, after its requirements are installed."""
    file = ROOT / ".github" / "workflows" / f"{workflow}.yml"
    steps = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"][job]["steps"]
    commands = [step.get("run", "") for step in steps]
    (pack,) = (number for number, text in enumerate(commands) if "--policy-pack policy" in text)
    assert any(text.startswith("scripts/install") for text in commands[:pack])
    script = (ROOT / "scripts" / "install").read_text(encoding="utf-8")
    assert "environment policy/.venv policy/requirements.txt" in script


def test_the_project_file() -> None:
    """The pack's project file has Python and a virtual environment of its own."""
    runtime = yaml.safe_load((ROOT / "policy" / "PulumiPolicy.yaml").read_text(encoding="utf-8"))[
        "runtime"
    ]
    assert runtime == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
