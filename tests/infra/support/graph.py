"""The graphs of stacks: programs run once for each configuration, with Pulumi mocks."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import pickle
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from unittest import mock

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import mocks, resource, rpc
from pulumi.runtime.proto import source_pb2

from local.deployment import program
from local.deployment.properties import plain
from local.deployment.resources import File
from tests.infra.support.mock_responses import ACCOUNT, Cloud
from tests.infra.support.resources import Graph, Resource, is_unknown, leaves, token
from tests.support import stacks
from tests.support.stacks import EXAMPLES, PRESETS, SHIPPED, stack_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
    return value.path if isinstance(value, File) else value


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


Recording = TypeVar("Recording")


class Recordings(Generic[Recording]):
    """Recordings by their keys, which name everything that decides about them."""

    def __init__(self) -> None:
        self._known: dict[str, Recording] = {}
        self._folder: Path | None = None

    def share(self, folder: Path) -> None:
        """Share recordings with the other processes that use the folder."""
        folder.mkdir(exist_ok=True)
        self._folder = folder

    def once(self, key: str, create: Callable[[], Recording]) -> Recording:
        """Return the recording of a key, which one process creates, and the others wait for."""
        if key not in self._known:
            self._known[key] = (
                create() if self._folder is None else self._shared(self._folder, key, create)
            )
        return self._known[key]

    def _shared(self, folder: Path, key: str, create: Callable[[], Recording]) -> Recording:
        with (folder / hashlib.sha256(key.encode()).hexdigest()).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if content := file.read():
                recording: Recording = pickle.loads(content)  # noqa: S301 - written by these tests
                return recording
            recording = create()
            file.write(pickle.dumps(recording))
            return recording


STACK_FILES = [*SHIPPED.values(), *EXAMPLES.values(), *PRESETS.values()]

# A secret as a stack would name it; nothing of it is ever read.
SMTP_SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:smtp-AbCdEf"

__all__ = [
    "LOCAL_ENDPOINTS",
    "SMTP_SECRET",
    "STACK_FILES",
    "Graph",
    "Resource",
    "deployed",
    "is_unknown",
    "leaves",
    "monitored",
    "previewed",
    "record",
    "record_anew",
    "recordings",
    "refusal",
    "settings",
    "stack_of",
    "token",
]

# With these, bundles hold no dependencies, and nothing is installed into them.
LOCAL_ENDPOINTS = json.dumps([dict.fromkeys(("lambda", "sesv2", "sns"), "http://127.0.0.1:4566")])


def settings(path: Path, **config: str | None) -> StackFile:
    """A stack's file, some keys of which are replaced, or left out where they are None."""
    stack_file = stacks.load(path)
    changes = {f"{stack_file.project}:{key}": value for key, value in config.items()}
    values = {**stack_file.config, **changes}
    remaining = {key: value for key, value in values.items() if value is not None}
    return dataclasses.replace(stack_file, config=remaining)


def deployed(path: Path) -> Graph:
    """A stack as `pulumi up` would deploy it."""
    return record(settings(path))


def monitored(path: Path) -> Graph:
    """A stack with `monitoring: full`, also where its file says otherwise."""
    return record(settings(path, monitoring="full"))


def previewed(path: Path) -> Graph:
    """A stack as `pulumi preview` sees it: what AWS would compute is unknown."""
    return record(settings(path), preview=True)


recordings = Recordings[Graph]()


def record(
    configured: StackFile, function: Callable[[], None] | None = None, *, preview: bool = False
) -> Graph:
    """Run the project's `__main__.py`, or a function in its place, and return what it registered.

    A configuration runs once, as tests only read graphs; a nested function runs each time.
    """
    program = f"{function.__module__}.{function.__qualname__}" if function else "__main__"
    if "<locals>" in program:
        return record_anew(configured, function, preview=preview)
    key = repr(
        (program, configured.project, configured.stack, sorted(configured.config.items()), preview)
    )
    return recordings.once(key, lambda: record_anew(configured, function, preview=preview))


def record_anew(
    configured: StackFile, function: Callable[[], None] | None = None, *, preview: bool = False
) -> Graph:
    """Run the program as `record` does, whether it was run before or not.

    It runs as on the embedded AWS, whose bundles hold no dependencies; all else is the same.
    """
    cloud = Recorder(configured.config.get("aws:region", "us-east-1"), computes=not preview)
    endpoints = {"aws:endpoints": LOCAL_ENDPOINTS} if function is None else {}
    local = dataclasses.replace(configured, config={**endpoints, **configured.config})
    outputs = run(cloud, local, function, preview=preview)
    return Graph(
        stackfile=configured,
        resources=sorted(
            cloud.resources.values(), key=lambda resource: (resource.type, resource.name)
        ),
        finished=cloud.finished,
        outputs=outputs,
    )


def refusal(configured: StackFile) -> str:
    """What a program that must fail says; it may not have registered anything by then."""
    cloud = Recorder("us-east-1", computes=False)
    try:
        run(cloud, configured, None, preview=True)
    except pulumi.RunError as error:
        assert not cloud.resources, (
            f"registered before it failed: {[str(r) for r in cloud.resources.values()]}"
        )
        return str(error)
    raise AssertionError("the program accepts its configuration")
