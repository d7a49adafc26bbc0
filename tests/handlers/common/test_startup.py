"""Garbage collection at a cold start."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.functions import ENVIRONMENT, HANDLERS
from tooling.root import ROOT

# Objects that are created after a handler's last line, among tens of thousands.
_MOST_OBJECTS = 100

# Of the standard library's imports before the first of the project's.
_MOST_COLLECTIONS = 10

_SCRIPT = """
import gc, importlib, json, sys
before = gc.get_stats()
importlib.import_module(f"handlers.{sys.argv[1]}.handler")
collections = [now["collections"] - then["collections"]
               for now, then in zip(gc.get_stats(), before)]
print(json.dumps([gc.isenabled(), sum(collections), len(gc.get_objects())]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("handler", HANDLERS)
def test_nothing_is_collected_while_a_function_starts(handler: str) -> None:
    """Importing causes at most 10 of about 100 collections; later ones search later objects."""
    result = subprocess.run(  # noqa: S603 - the script above
        [sys.executable, "-c", _SCRIPT, handler],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stderr == ""
    is_enabled, collections, objects = json.loads(result.stdout)
    assert is_enabled
    assert collections <= _MOST_COLLECTIONS
    assert objects <= _MOST_OBJECTS
