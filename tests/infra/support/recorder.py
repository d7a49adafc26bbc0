"""A recorder in the place of Pulumi's engine: it writes down what a program registers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from unittest import mock

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import mocks, resource, rpc
from pulumi.runtime.proto import source_pb2

from local import program
from local.deployer import plain
from tests.infra.support.mock_responses import Cloud
from tests.infra.support.resources import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tooling.stackfile import StackFile

_STACK_TYPE = "pulumi:pulumi:Stack"


class Recorder(Cloud):
    """The mocks, which record resources and finished components."""

    def __init__(self, region: str, *, computes: bool) -> None:
        super().__init__(region, computes=computes)
        self.resources: dict[str, Resource] = {}
        self.finished: dict[str, dict[str, Any]] = {}


def run(
    cloud: Recorder, configured: StackFile, function: Callable[[], None] | None, *, preview: bool
) -> dict[str, Any]:
    """Run the program, or a function in its place, and return the stack's outputs."""
    with _replaced(_Monitor):
        if function is None:
            return program.run(cloud, configured, preview=preview)
        return program.run_function(cloud, configured, function, preview=preview)


class _Monitor(mocks.MockMonitor):
    """The runtime's mock engine, which also records options and finished components."""

    mocks: Recorder

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the name of the engine's call)
        """Write one resource down."""
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != _STACK_TYPE:
            assert response.urn not in self.mocks.resources, f"two resources are {response.urn}"
            self.mocks.resources[response.urn] = Resource(
                type=request.type,
                name=request.name,
                urn=response.urn,
                parent=self.mocks.resources.get(request.parent),
                inputs=_known(rpc.deserialize_properties(request.object, keep_unknowns=True)),
                outputs={"id": response.id, **_known(rpc.deserialize_properties(response.object))},
                protect=request.protect,
                retained=request.retainOnDelete,
                deletes_first=request.deleteBeforeReplace
                if request.deleteBeforeReplaceDefined
                else None,
                delete_timeout=request.customTimeouts.delete,
                depends_on=frozenset(request.dependencies),
                property_dependencies={
                    name: frozenset(dependencies.urns)
                    for name, dependencies in request.propertyDependencies.items()
                },
                ignores=frozenset(request.ignoreChanges),
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (as above)
        """Write down that a component is complete."""
        assert request.urn not in self.mocks.finished, f"{request.urn} registers its outputs twice"
        self.mocks.finished[request.urn] = _known(
            rpc.deserialize_properties(request.outputs, keep_unknowns=True)
        )
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def _known(properties: Any) -> dict[str, Any]:
    """Inputs as plain values: an archive is its path, a whole number an integer."""
    result: dict[str, Any] = _archives(plain(properties))
    return result


def _archives(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _archives(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_archives(item) for item in value]
    return value.path if isinstance(value, pulumi.FileArchive) else value


@contextlib.contextmanager
def _replaced(monitor: type[mocks.MockMonitor]) -> Iterator[None]:
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
