"""The configuration as documented: `Pulumi.yaml`, the README, `docs/configuration.md` and the model agree."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml

from infra.config import StackConfig
from infra.config.load import RETIRED
from tests.infra.support.config_docs import default, fields, tables, written
from tooling.root import ROOT

_PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
_README = (ROOT / "README.md").read_text(encoding="utf-8")
_PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
_TYPES = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}
_FIELDS = list(fields())
_DEFAULTS = {str(field.alias): default(field) for field in StackConfig.model_fields.values()}


def _rows(text: str, heading: str) -> dict[str, list[str]]:
    """The rows of the first table below a heading, by the key in their first cell."""
    section = text.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    found = [
        line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")
    ]
    keys = [cells[0].strip(" `") for cells in found]
    assert len(set(keys)) == len(keys), f"{heading} lists a key twice"
    return {
        key: [cell.strip() for cell in cells[1:]] for key, cells in zip(keys, found, strict=True)
    }


def test_the_project_file_declares_every_key() -> None:
    """`Pulumi.yaml` declares the keys of the model, all of them and no others, in the same order."""
    assert list(_PROJECT["config"]) == list(_DEFAULTS) == StackConfig.keys()


@pytest.mark.parametrize(("key", "default"), _DEFAULTS.items())
def test_the_project_file_agrees_with_the_model(key: str, default: object) -> None:
    """A key of `Pulumi.yaml` has the model's type and default, and says what it is for."""
    declared = _PROJECT["config"][key]
    assert declared["description"]
    assert declared["type"] == _TYPES[type(default) if default is not None else str]
    expected = (
        "" if default is None else default
    )  # the program says what is required, and how to set it
    assert declared.get("default") == expected
    assert type(declared.get("default")) is type(expected)
    assert declared.get("items") == ({"type": "string"} if declared["type"] == "array" else None)


@pytest.mark.parametrize(("key", "field"), [(key, field) for key, field in _FIELDS if "." in key])
def test_the_project_file_describes_what_is_inside(key: str, field: Any) -> None:
    """The description of a key that holds an object names every key inside."""
    outer = key.partition(".")[0]
    assert re.search(rf"\b{field.alias}\b", _PROJECT["config"][outer]["description"])


def test_the_template_asks_for_keys_that_exist() -> None:
    """`pulumi new` asks for the region and for keys of the model, the required ones included.

    In a project that it has made there is nothing left to ask: it takes this part out.
    """
    if "template" not in _PROJECT:
        return
    asked = set(_PROJECT["template"]["config"])
    assert asked <= {"aws:region", *StackConfig.keys()}
    assert {key for key, default in _DEFAULTS.items() if default is None} <= asked


def test_the_readme_lists_every_key() -> None:
    """The README's table lists the keys of the model, all of them and no others, in the same order."""
    assert list(_rows(_README, "Configure it")) == StackConfig.keys()


@pytest.mark.parametrize(("key", "default"), _DEFAULTS.items())
def test_the_readme_tells_the_default(key: str, default: object) -> None:
    """The README says what each key is, and tells its default as one would write it."""
    meaning, told = _rows(_README, "Configure it")[key]
    assert meaning
    assert told == ("required" if default is None else written(default))


def test_the_page_explains_every_key() -> None:
    """`docs/configuration.md` says of every key what it may be, and of every key inside an object."""
    explained = _rows(_PAGE, "Every key")
    assert list(explained) == [key for key, _ in _FIELDS]
    assert all(len(cells) == 1 and cells[0] for cells in explained.values())


@pytest.mark.parametrize(("key", "field"), _FIELDS)
def test_the_page_tells_what_is_allowed(key: str, field: Any) -> None:
    """The page names each value that a key may have, and the least and the most that a number may be."""
    (text,) = _rows(_PAGE, "Every key")[key]
    for value in get_args(field.annotation) if get_origin(field.annotation) is Literal else ():
        assert f"`{value}`" in text, f"{key} may be {value}"
    for bound in _bounds(field):
        assert re.search(rf"\b{re.escape(str(bound))}\b", text), f"{key} has the bound {bound}"


def _bounds(field: Any) -> set[Any]:
    """The least and the most of a number, wherever its annotation says so."""
    parts = [
        *field.metadata,
        *(part for kind in get_args(field.annotation) for part in _metadata(kind)),
    ]
    return {
        getattr(part, name)
        for part in parts
        for name in ("ge", "le")
        if getattr(part, name, None) is not None
    }


def _metadata(annotation: Any) -> list[Any]:
    inner = getattr(annotation, "__metadata__", ())
    return [part for each in inner for part in (each, *getattr(each, "metadata", ()))]


def test_the_page_shows_what_the_stacks_set() -> None:
    """The page's tables hold what the stack files set, side by side."""
    for table in tables():
        assert table in _PAGE, f"docs/configuration.md needs this table:\n\n{table}"


def test_the_page_tells_what_became_of_retired_keys() -> None:
    """The page says of every key that is gone what has taken its place."""
    text = " ".join(_PAGE.split())
    for gone, instead in RETIRED.items():
        assert re.search(rf"`{gone}` is `{re.escape(instead)}`", text), gone
