"""The policy pack as documented, and as the provider knows what it is about."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from policy.rules import Level, StackRule, kinds
from policy.rules.tags import TAGGABLE
from tests.policy.support.rules import EVERY_RULE, LEVELS, provider_class
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from policy.rules import ResourceRule

_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (\w+) \| (\w+) \| .+ \| .+ \|$", re.MULTILINE)
_KINDS = sorted({*TAGGABLE, *(value for name, value in vars(kinds).items() if name.isupper())})
_MODULES = sorted((ROOT / "policy" / "rules").glob("*.py"))


def test_the_page_lists_every_rule() -> None:
    """docs/policies.md lists the rules of the pack, all of them and no others, with their levels and what they see."""
    rows = _ROW.findall((ROOT / "docs" / "policies.md").read_text(encoding="utf-8"))
    sees = {
        name: "stack" if isinstance(rule, StackRule) else "resource"
        for name, rule in EVERY_RULE.items()
    }
    assert rows == [(name, level.value, sees[name]) for name, level in LEVELS.items()]


def test_levels_are_those_of_the_engine() -> None:
    """The levels have the names that the engine gives them."""
    assert {level.value for level in Level} == {"mandatory", "advisory"}


@pytest.mark.parametrize("rule", EVERY_RULE.values(), ids=EVERY_RULE)
def test_a_rule_is_a_promise(rule: ResourceRule | StackRule) -> None:
    """Every rule says in a sentence what one can rely on."""
    assert re.fullmatch(r"[A-Z].+\.", rule.promise)


@pytest.mark.parametrize("kind", _KINDS)
def test_every_kind_exists(kind: str) -> None:
    """A rule looks at kinds of resources that the provider has, under the token that the engine will give them."""
    assert vars(provider_class(kind))["pulumi_type"] == kind


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.name)
def test_rules_run_anywhere(path: Path) -> None:
    """A rule imports nothing but the standard library and its own package, so that it runs without the engine."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named |= {
        str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names


def test_the_pack_runs_with_the_program_s_pulumi() -> None:
    """The pack's own requirements name the version of Pulumi that the program has."""
    pins = [
        set(re.findall(r"^pulumi==[\d.]+", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))
        for file in ("requirements.txt", "policy/requirements.in", "policy/requirements.txt")
    ]
    assert pins[0]
    assert pins[0] == pins[1] == pins[2]


@pytest.mark.parametrize("workflow", ["pull-request", "up"])
def test_previews_and_deployments_run_the_pack(workflow: str) -> None:
    """Pull requests are previewed, and stacks deployed, with the pack, whose requirements were installed before."""
    jobs = yaml.safe_load(
        (ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text(encoding="utf-8")
    )["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    (runs,) = (number for number, step in enumerate(steps) if "command" in step.get("with", {}))
    assert steps[runs]["with"]["policyPacks"] == "policy"
    assert "scripts/install" in [step.get("run") for step in steps[:runs]]
    script = (ROOT / "scripts" / "install").read_text(encoding="utf-8")
    assert "environment policy/.venv policy/requirements.txt" in script


def test_the_engine_finds_what_the_pack_needs() -> None:
    """The pack's project file names Python and an environment of its own."""
    runtime = yaml.safe_load((ROOT / "policy" / "PulumiPolicy.yaml").read_text(encoding="utf-8"))[
        "runtime"
    ]
    assert runtime == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
