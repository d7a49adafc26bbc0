"""Tests: docs/sources.md lists features with keys and tests that exist."""

from __future__ import annotations

import json
import re
from functools import reduce
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from infra.config import StackConfig
from infra.config.documents import fields
from infra.config.values import FUNCTIONS
from tests.support.doc_tests import named_tests, rows
from tests.support.stacks import SHIPPED
from tooling.root import ROOT

_PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
_SYSTEMS = ("Event-driven", "HTTP platform", "Queue first")
_CODE = re.compile(r"`([^`]+)`")
_ALWAYS = "always"
_KEYS = dict(fields())
_SHIPPED = {path.name for path in SHIPPED.values()}

FEATURES = [(system, *row) for system in _SYSTEMS for row in rows(_PAGE, system)]
NAMED = sorted({name for _, _, _, key, _ in FEATURES for name in _CODE.findall(key)})
UNASKED = {
    _CODE.findall(key)[0]: reason for key, reason in rows(_PAGE, "Keys that no source asks for")
}
DIFFERENT = rows(_PAGE, "Not here, and why")


def test_every_feature_has_a_value_a_key_and_a_test() -> None:
    """Every row has the feature's value in the source, its key here, and the test of it."""
    assert FEATURES
    for row in FEATURES:
        _, feature, value, key, shown_by = row
        assert feature, row
        assert value, row
        assert _CODE.sub("", key).strip(", ") == "", row
        assert _CODE.findall(key), row
        assert len(named_tests(shown_by)) == len(_CODE.findall(shown_by)) > 0, row


@pytest.mark.parametrize("system", _SYSTEMS)
def test_no_feature_is_listed_twice(system: str) -> None:
    """A system's features have names of their own."""
    names = [feature for of, feature, *_ in FEATURES if of == system]
    assert len(names) == len(set(names))


def test_what_turns_a_feature_on_exists() -> None:
    """A feature's key is `always`, a shipped stack, a file, or a configuration key with a value."""
    assert NAMED
    for named in NAMED:
        key, _, value = named.partition(": ")
        if key == _ALWAYS or key in _SHIPPED or (ROOT / key).is_file():
            assert not value, named
            continue
        outer, _, inner = key.partition(".")
        assert key in _KEYS or (inner in FUNCTIONS and outer in _KEYS), named
        if value:
            assert key not in _refused(key, yaml.safe_load(value)), named


def _refused(key: str, value: Any) -> set[str]:
    """The keys at which the model stops when it is given one of them."""
    nested = reduce(lambda inner, name: {name: inner}, reversed(key.split(".")), value)
    try:
        StackConfig.model_validate_json(json.dumps(nested))
    except ValidationError as error:
        return {".".join(map(str, entry["loc"])) for entry in error.errors()}
    return set()


def test_every_key_is_asked_for_by_a_source_or_explained() -> None:
    """Every configuration key turns a feature of a source on, or is in the list of the others."""
    source_keys = {re.split(r"[.:]", named)[0] for named in NAMED} & set(StackConfig.keys())
    assert source_keys | UNASKED.keys() == set(StackConfig.keys())
    assert not source_keys & UNASKED.keys()


@pytest.mark.parametrize(("key", "reason"), UNASKED.items())
def test_a_key_that_no_source_asks_for_has_a_reason(key: str, reason: str) -> None:
    """A key that belongs to no source says what it is for."""
    assert key in _KEYS
    assert reason.endswith(".")


@pytest.mark.parametrize("row", DIFFERENT, ids=lambda row: row[0])
def test_what_is_not_here_has_a_reason(row: list[str]) -> None:
    """What a source has and this system has not is listed with the source and the reason."""
    feature, source, reason = row
    names = {"all", *(system.lower().replace("queue first", "queue-first") for system in _SYSTEMS)}
    assert feature
    assert set(source.lower().split(", ")) <= names
    assert reason.endswith(".")
