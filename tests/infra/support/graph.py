"""The graphs of stacks: programs run once for each configuration, with Pulumi mocks."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import pickle
from typing import TYPE_CHECKING, Generic, TypeVar

import pulumi

from tests.infra.support.mock_responses import ACCOUNT
from tests.infra.support.recorder import Recorder, run
from tests.infra.support.resources import Graph, Resource, is_unknown, leaves, token
from tests.support import stacks
from tests.support.stacks import EXAMPLES, SHIPPED, stack_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tooling.stackfile import StackFile

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


STACK_FILES = [*SHIPPED.values(), *EXAMPLES.values()]

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
