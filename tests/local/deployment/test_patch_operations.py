"""Patch operations of REST APIs."""

from __future__ import annotations

from typing import Any

import pytest

from local.deployment.patch_operations import apply_patch


@pytest.mark.parametrize(
    ("settings", "operation", "expected"),
    [
        ({"on": True}, {"op": "replace", "path": "/on", "value": "false"}, {"on": False}),
        ({"on": False}, {"op": "replace", "path": "/on", "value": "true"}, {"on": True}),
        ({"ms": 5}, {"op": "replace", "path": "/ms", "value": "29"}, {"ms": 29}),
        ({"a": "x"}, {"op": "replace", "path": "/a", "value": "29"}, {"a": "29"}),
        ({}, {"op": "add", "path": "/b/text~1plain", "value": "T"}, {"b": {"text/plain": "T"}}),
        ({"b": None}, {"op": "replace", "path": "/b/c~0d", "value": "x"}, {"b": {"c~d": "x"}}),
        ({"b": {"c": 1, "d": 2}}, {"op": "remove", "path": "/b/c"}, {"b": {"d": 2}}),
        ({"a": 1}, {"op": "remove", "path": "/b"}, {"a": 1}),
    ],
)
def test_a_setting_is_changed(
    settings: dict[str, Any], operation: dict[str, str], expected: dict[str, Any]
) -> None:
    """Values get the type of the setting, and escaped keys are those that they stand for."""
    assert apply_patch(settings, [operation]) == expected
