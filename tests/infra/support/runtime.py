"""What recordings replace in Pulumi's runtime: the engine, and what is slow."""

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
        # The engine shows the stack trace of a constructor beside an error.
        mock.patch.object(resource, "_get_stack_trace", source_pb2.StackTrace),
        mock.patch.object(rpc, "contains_unknowns", _contains_unknowns),
    ):
        yield


def _contains_unknowns(value: Any) -> bool:
    """Whether an output's value is not known in full.

    The runtime's function creates cyclic garbage with each call.
    """
    if isinstance(value, dict):
        return any(map(_contains_unknowns, value.values()))
    if isinstance(value, list):
        return any(map(_contains_unknowns, value))
    return isinstance(value, Unknown)
