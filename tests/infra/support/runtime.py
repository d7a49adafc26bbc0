"""What recordings replace in Pulumi's runtime: the engine, and what takes time without being recorded."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from unittest import mock

from pulumi.output import Unknown
from pulumi.runtime import mocks, resource, rpc
from pulumi.runtime.proto import source_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def replaced(monitor: type[mocks.MockMonitor]) -> Iterator[None]:
    """Let programs register their resources with a monitor, and quicker than usual."""
    with (
        mock.patch.object(mocks, "MockMonitor", monitor),
        # Where a resource's constructor was called, the engine shows beside an error of the provider's.
        mock.patch.object(resource, "_get_stack_trace", source_pb2.StackTrace),
        mock.patch.object(rpc, "contains_unknowns", _contains_unknowns),
    ):
        yield


def _contains_unknowns(value: Any) -> bool:
    """Whether an output's value is not known in full.

    The runtime's own function makes a closure that refers to itself, which is most of a recording's garbage.
    """
    if isinstance(value, dict):
        return any(map(_contains_unknowns, value.values()))
    if isinstance(value, list):
        return any(map(_contains_unknowns, value))
    return isinstance(value, Unknown)
