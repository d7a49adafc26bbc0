"""The configuration as documented: `Pulumi.yaml`, the README, and the model agree."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from infra.config import StackConfig
from tests.support.infra_graph import ROOT

_PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
_ROW = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)
_TYPES = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}


def _defaults() -> dict[str, Any]:
    """Every key with its default, None where one has to give a value."""
    found = {}
    for field in StackConfig.model_fields.values():
        default = None if field.is_required() else field.default
        found[str(field.alias)] = default.model_dump(exclude_none=True) if isinstance(default, BaseModel) else default
    return found


def test_the_project_file_declares_every_key() -> None:
    """`Pulumi.yaml` declares the keys of the model, all of them and no others, in the same order."""
    assert list(_PROJECT["config"]) == list(_defaults()) == StackConfig.keys()


@pytest.mark.parametrize(("key", "default"), _defaults().items())
def test_the_project_file_agrees_with_the_model(key: str, default: object) -> None:
    """A key of `Pulumi.yaml` has the model's type and default, and says what it is for."""
    declared = _PROJECT["config"][key]
    assert declared["description"]
    assert declared["type"] == _TYPES[type(default) if default is not None else str]
    assert declared.get("default") == default
    assert type(declared.get("default")) is type(default)
    assert declared.get("items") == ({"type": "string"} if declared["type"] == "array" else None)


def test_the_template_asks_for_keys_that_exist() -> None:
    """`pulumi new` asks for the region and for keys of the model, the required ones included."""
    asked = set(_PROJECT["template"]["config"])
    assert asked <= {"aws:region", *StackConfig.keys()}
    assert {key for key, default in _defaults().items() if default is None} <= asked


def test_the_readme_lists_every_key() -> None:
    """The README's table lists the keys of the model, all of them and no others, in the same order."""
    rows = _ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [key for key, _, _ in rows] == StackConfig.keys()


@pytest.mark.parametrize(("key", "default"), _defaults().items())
def test_the_readme_tells_the_default(key: str, default: object) -> None:
    """The README tells each key's default as one would write it."""
    rows = {found: last for found, _, last in _ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))}
    text = default if isinstance(default, str) and default else json.dumps(default)
    assert rows[key] == ("required" if default is None else f"`{text}`")
