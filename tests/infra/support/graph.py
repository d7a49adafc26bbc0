"""What a program registers: every resource with its inputs, parent and dependencies."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc

from local import program
from local.deployer import plain
from tests.infra.support.mock_responses import ACCOUNT, Cloud
from tests.infra.support.recordings import Recordings
from tests.infra.support.runtime import replaced
from tests.support import stacks
from tests.support.stacks import EXAMPLES, SHIPPED, stack_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tooling.stackfile import StackFile

STACK_FILES = [*SHIPPED.values(), *EXAMPLES.values()]

# A secret as a stack would name it; nothing of it is ever read.
SMTP_SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:smtp-AbCdEf"

__all__ = [
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

_LOCAL_ENDPOINTS = json.dumps([dict.fromkeys(("lambda", "sesv2", "sns"), "http://127.0.0.1:4566")])

_STACK_TYPE = "pulumi:pulumi:Stack"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as the program registered it; `resource["name"]` is an input."""

    type: str
    name: str
    urn: str
    parent: Resource | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    protect: bool
    outlives_the_stack: bool
    deletes_first: bool | None
    """Whether a replacement is created after the deletion; None if the provider decides."""

    delete_timeout: str
    depends_on: frozenset[str]
    property_dependencies: dict[str, frozenset[str]]
    """For each input, the resources that its value came from, by URN."""

    ignores: frozenset[
        str
    ]  # the inputs that the engine leaves as they are once the resource is there

    def __getitem__(self, key: str) -> Any:
        return self.inputs[key]

    def __str__(self) -> str:
        return f"{self.type} '{self.name}'"

    @property
    def arn(self) -> str:
        """The ARN that AWS would have given."""
        return str(self.outputs["arn"])

    @property
    def is_component(self) -> bool:
        """Whether it is one of the program's own components."""
        return self.type.startswith("orders:")

    def document(self, key: str) -> dict[str, Any]:
        """An input that holds a JSON object."""
        result: dict[str, Any] = json.loads(self.inputs[key])
        return result


@dataclasses.dataclass(frozen=True, kw_only=True)
class Graph:
    """Everything that one run of a program registered, and its outputs."""

    stackfile: StackFile
    resources: list[Resource]
    finished: dict[str, dict[str, Any]]  # the components that registered outputs, by URN
    outputs: dict[str, Any]

    def all(self, kind: type[pulumi.Resource]) -> list[Resource]:
        """The resources of one class, such as `aws.sqs.Queue`; at least one."""
        matches = [resource for resource in self.resources if resource.type == token(kind)]
        assert matches, f"{self.stackfile.stack} has no {kind.__name__}"
        return matches

    def named(self, kind: type[pulumi.Resource], suffix: str) -> Resource:
        """The resource of a class whose deployed name ends after the prefix of the stack."""
        (match,) = (
            resource
            for resource in self.all(kind)
            if resource.inputs.get("name") == self.prefix + suffix
        )
        return match

    def by_arn(self, arn: str) -> Resource:
        """The resource that an ARN belongs to."""
        (match,) = (resource for resource in self.resources if resource.outputs.get("arn") == arn)
        return match

    @property
    def prefix(self) -> str:
        """What every deployed name starts with."""
        return f"{self.stackfile.project}-{self.stackfile.stack}-"

    @property
    def arns(self) -> set[str]:
        """Every ARN of the stack: the resources' own, and a table's stream's."""
        return {
            str(value)
            for resource in self.resources
            for key, value in resource.outputs.items()
            if key in ("arn", "streamArn", "executionArn") and value
        }

    def config(self, key: str) -> Any:
        """A value of the stack's configuration."""
        text = self.stackfile.config[f"{self.stackfile.project}:{key}"]
        try:
            return json.loads(text)
        except ValueError:
            return text


def token(kind: type[pulumi.Resource]) -> str:
    """The type token of a provider's class."""
    return str(vars(kind)["pulumi_type"])


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
    cloud = _Recorder(configured.config.get("aws:region", "us-east-1"), computes=not preview)
    endpoints = {"aws:endpoints": _LOCAL_ENDPOINTS} if function is None else {}
    local = dataclasses.replace(configured, config={**endpoints, **configured.config})
    outputs = _run(cloud, local, function, preview=preview)
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
    cloud = _Recorder("us-east-1", computes=False)
    try:
        _run(cloud, configured, None, preview=True)
    except pulumi.RunError as error:
        assert not cloud.resources, (
            f"registered before it failed: {[str(r) for r in cloud.resources.values()]}"
        )
        return str(error)
    raise AssertionError("the program accepts its configuration")


class _Recorder(Cloud):
    """The cloud, with a memory of what it was asked for."""

    def __init__(self, region: str, *, computes: bool) -> None:
        super().__init__(region, computes=computes)
        self.resources: dict[str, Resource] = {}
        self.finished: dict[str, dict[str, Any]] = {}


def _run(
    cloud: _Recorder, configured: StackFile, function: Callable[[], None] | None, *, preview: bool
) -> dict[str, Any]:
    with replaced(_Monitor):
        if function is None:
            return program.run(cloud, configured, preview=preview)
        return program.run_function(cloud, configured, function, preview=preview)


class _Monitor(pulumi_mocks.MockMonitor):
    """The runtime's mock engine, which also records options and finished components."""

    mocks: _Recorder

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the name of the engine's call)
        """Write one resource down."""
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != _STACK_TYPE:
            assert answer.urn not in self.mocks.resources, f"two resources are {answer.urn}"
            self.mocks.resources[answer.urn] = Resource(
                type=request.type,
                name=request.name,
                urn=answer.urn,
                parent=self.mocks.resources.get(request.parent),
                inputs=_known(rpc.deserialize_properties(request.object, keep_unknowns=True)),
                outputs={"id": answer.id, **_known(rpc.deserialize_properties(answer.object))},
                protect=request.protect,
                outlives_the_stack=request.retainOnDelete,
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
        return answer

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


def is_unknown(value: Any) -> bool:
    """Whether a value is one that only a deployment can tell."""
    return isinstance(value, Unknown)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value inside a structure, with the path to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    else:
        yield path, value
