"""The policy pack as the engine runs it: in an environment of its own, over gRPC."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import json_format, struct_pb2  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_VALUE

from policy.rules import UNKNOWN, StackRule
from policy.rules import resource_types as types
from tests.infra.support.graph import STACK_FILES, deployed, previewed
from tests.policy.support.changes import allow, drop, edit
from tests.policy.support.rules import LEVEL_BY_RULE, RULE_BY_NAME, all_violations, resources
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from policy.rules import Resource

_PACK = ROOT / "policy"
_LOCK = _PACK / "requirements.txt"


def install(folder: Path) -> None:
    """Install exactly the pack's requirements into a folder.

    Packages that are installed here in the same version are linked, which saves seconds.
    """
    lines = _LOCK.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    entries = [line.partition("#")[0] for line in lines if "==" in line]
    missing = [entry for entry in entries if not _link(entry.split()[0], folder)]
    requirements = folder / "missing.txt"
    requirements.write_text("\n".join(missing), encoding="utf-8")
    options = [
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--no-deps",
        "--require-hashes",
    ]
    paths = ["--target", str(folder), "--requirement", str(requirements)]
    command = [sys.executable, "-m", "pip", "install", *options, *paths]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (pinned requirements)


def _link(pin: str, folder: Path) -> bool:
    """Link the files of a package such as `wrapt==2.5.2`; False if it is not installed here."""
    name, _, version = pin.partition("==")
    package = next(iter(metadata.distributions(name=name)), None)
    if package is None or package.version != version or not package.files:
        return False
    for file in package.files:
        if ".." not in file.parts and "__pycache__" not in file.parts:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).symlink_to(str(file.locate()))
    return True


def unmet(folder: Path) -> list[str]:
    """Return requirements of the packages in a folder that the folder does not satisfy."""
    packages = list(metadata.distributions(path=[str(folder)]))
    versions = {canonicalize_name(each.name): each.version for each in packages}
    requirements = [Requirement(text) for each in packages for text in each.requires or []]
    return [
        str(each)
        for each in requirements
        if each.marker is None or each.marker.evaluate({"extra": ""})
        if (version := versions.get(canonicalize_name(each.name))) is None
        or not each.specifier.contains(version, prereleases=True)
    ]


@contextlib.contextmanager
def running(packages: Path) -> Iterator[Pack]:
    """Start the pack with the packages in a folder, as the engine does; stop it at the end."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(_PACK)]
    environment = {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(command, cwd=_PACK, env=environment, stdout=subprocess.PIPE)  # noqa: S603 (this repository's pack)
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Pack(channel)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Finding(NamedTuple):
    """A violation that the pack reports."""

    rule: str
    level: str
    urn: str
    message: str


class Pack:
    """The engine's side of the gRPC interface."""

    def __init__(self, channel: Any) -> None:
        self._stub = analyzer_pb2_grpc.AnalyzerStub(channel)

    def policies(self) -> dict[str, tuple[str, str, str]]:
        """Return the pack's policies by name: level, `resource` or `stack`, and description."""
        scope = analyzer_pb2.PolicyType.Name
        return {
            info.name: (
                _level(info.enforcementLevel),
                scope(info.policy_type).removeprefix("POLICY_TYPE_").lower(),
                info.description,
            )
            for info in self._stub.GetAnalyzerInfo(struct_pb2.Struct()).policies
        }

    def of_resource(self, resource: Resource) -> list[Finding]:
        """Return the violations of a resource before it is created."""
        return _findings(self._stub.Analyze(analyzer_pb2.AnalyzeRequest(**_marshal(resource))))

    def of_stack(self, resources: Sequence[Resource]) -> list[Finding]:
        """Return the violations of a stack with all of its resources."""
        request = [
            analyzer_pb2.AnalyzerResource(**_marshal(each), **_sources(each)) for each in resources
        ]
        return _findings(
            self._stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=request))
        )


def _findings(response: Any) -> list[Finding]:
    return [
        Finding(each.policyName, _level(each.enforcementLevel), each.urn, each.message)
        for each in response.diagnostics
    ]


def _level(number: Any) -> str:
    return str(analyzer_pb2.EnforcementLevel.Name(number)).lower()


def _marshal(resource: Resource) -> dict[str, Any]:
    """Marshal a resource as the engine does."""
    return {
        "type": resource.type,
        "name": resource.name,
        "urn": resource.urn,
        "properties": json_format.ParseDict(
            _marshal_value(dict(resource.props)), struct_pb2.Struct()
        ),
        "options": analyzer_pb2.AnalyzerResourceOptions(protect=resource.protect),
    }


def _sources(resource: Resource) -> dict[str, Any]:
    return {
        "propertyDependencies": {
            prop: analyzer_pb2.AnalyzerPropertyDependencies(urns=sorted(urns))
            for prop, urns in resource.sources.items()
        }
    }


def _marshal_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _marshal_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_marshal_value(item) for item in value]
    return UNKNOWN_VALUE if value is UNKNOWN else value


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exactly the pack's requirements."""
    folder = tmp_path_factory.mktemp("pack")
    install(folder)
    return folder


@pytest.fixture(scope="module")
def pack(packages: Path) -> Iterator[Pack]:
    """The running pack."""
    with running(packages) as process:
        yield process


@pytest.fixture(scope="module")
def preview() -> list[Resource]:
    """The resources in a preview of the first stack."""
    return resources(previewed(STACK_FILES[0]), computed=False)


def _violated(pack: Pack, among: list[Resource]) -> set[str]:
    """Return the rules that a stack violates."""
    violations = [
        *pack.of_stack(among),
        *(each for resource in among for each in pack.of_resource(resource)),
    ]
    return {each.rule for each in violations}


def test_the_requirements_are_complete(packages: Path) -> None:
    """The pack's requirements hold every dependency in a matching version."""
    assert (packages / "pulumi").is_dir()
    assert unmet(packages) == []


def test_the_pack_has_every_rule(pack: Pack) -> None:
    """The pack has every rule with its name, level, scope and description."""
    assert pack.policies() == {
        name: (
            LEVEL_BY_RULE[name].value,
            "stack" if isinstance(rule, StackRule) else "resource",
            rule.description,
        )
        for name, rule in RULE_BY_NAME.items()
    }


def test_a_preview(pack: Pack, preview: list[Resource]) -> None:
    """In a preview, with unknown values, the pack reports the violations that the rules find."""
    assert _violated(pack, preview) == {
        each.rule for each in all_violations(previewed(STACK_FILES[0]))
    }


def test_an_update(pack: Pack) -> None:
    """In an update, with computed values, the pack reports the violations that the rules find."""
    update = resources(deployed(STACK_FILES[0]), computed=True)
    assert _violated(pack, update) == {
        each.rule for each in all_violations(deployed(STACK_FILES[0]))
    }


def test_a_resource_violation(pack: Pack) -> None:
    """A violation by a resource is reported with its rule, level, URN and sentence."""
    name, kind = "orders-api-orders-store-orders", "aws:iam/rolePolicy:RolePolicy"
    change = edit(name, kind, policy=allow("*", "arn:aws:sqs:us-east-1:123456789012:orders"))
    stack = change(resources(deployed(STACK_FILES[0]), computed=False))
    (policy,) = (each for each in stack if (each.name, each.type) == (name, kind))
    (violation,) = pack.of_resource(policy)
    assert (violation.rule, violation.level, violation.urn) == (
        "no-wildcard-actions",
        "mandatory",
        policy.urn,
    )
    description, sentence = violation.message.splitlines()
    assert description == "`Allow` statements list each action."
    assert (
        sentence
        == f"{kind} '{name}' allows the actions '*' (policy, statement 0); list each action."
    )


def test_a_stack_violation(pack: Pack, preview: list[Resource]) -> None:
    """A preview reports a missing policy, although its values are unknown."""
    stack = drop("fan-out-email-queue-policy", types.QUEUE_POLICY)(preview)
    (queue,) = (
        each for each in preview if (each.name, each.type) == ("fan-out-email-queue", types.QUEUE)
    )
    (violation,) = pack.of_stack(stack)
    assert (violation.rule, violation.level, violation.urn) == (
        "queues-and-topics-tls-only",
        "mandatory",
        queue.urn,
    )
