"""The rules themselves, as plain functions: the engine runs them in previews, the tests over every stack's graph.

Imports in here are relative, because the engine knows this package as `rules` and the tests as `policy.rules`.
"""

from .catalogue import RULES, Level
from .reading import known
from .resource import UNKNOWN, Resource
from .rule import ResourceRule, StackRule, Violation

__all__ = [
    "RULES",
    "UNKNOWN",
    "Level",
    "Resource",
    "ResourceRule",
    "StackRule",
    "Violation",
    "known",
]
