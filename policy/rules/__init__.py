"""The rules, as plain functions: the engine runs them in previews, tests on every stack's graph.

Imports are relative: the package is `rules` for the engine and `policy.rules` for tests.
"""

from .catalogue import RULES, Level
from .resource import UNKNOWN, Resource, resolve
from .rule import ResourceRule, StackRule, Violation

__all__ = [
    "RULES",
    "UNKNOWN",
    "Level",
    "Resource",
    "ResourceRule",
    "StackRule",
    "Violation",
    "resolve",
]
