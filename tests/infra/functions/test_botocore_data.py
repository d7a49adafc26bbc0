"""botocore's data in bundles: reduced to what the functions call, and otherwise the same."""

from __future__ import annotations

import ast
import itertools
import shutil
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore
import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import ServiceModel

from infra.functions.bundle import botocore_data
from infra.functions.bundle.botocore_data import OPERATIONS
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = Path(botocore.__file__).parent / "data"
_COMPLETE = Loader()

# Of every partition, two regions where it has them.
_REGIONS = (
    "us-east-1",
    "ap-southeast-5",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "eusc-de-east-1",
)


@pytest.fixture(scope="module")
def pruned(tmp_path_factory: pytest.TempPathFactory) -> Loader:
    """The data of a bundle, from that of the installed botocore."""
    folder = tmp_path_factory.mktemp("botocore") / "data"
    names = [path.name for path in _DATA.glob("*.json")]
    for name in [*names, *OPERATIONS]:
        copy = shutil.copytree if (_DATA / name).is_dir() else shutil.copyfile
        (folder / name).parent.mkdir(exist_ok=True)
        copy(_DATA / name, folder / name)
    botocore_data.prune(folder)

    # botocore treats endpoints from another folder than its own as the user's.
    class BundleLoader(Loader):
        BUILTIN_DATA_PATH = str(folder)

    return BundleLoader()


def test_the_operations_are_those_that_the_handlers_call() -> None:
    """The table has every operation that a handler takes from a client, and no other."""
    called: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "handlers").rglob("*.py"):
        for services, method in _methods(ast.parse(path.read_bytes())):
            operations = {
                service: name
                for service in services
                for name in _model(service)["operations"]
                if xform_name(name) == method
            }
            assert operations or method == "exceptions", (path, method)
            for service, name in operations.items():
                called[service].add(name)
    assert called == OPERATIONS


def _methods(tree: ast.Module) -> Iterator[tuple[set[str], str]]:
    """Yield services and attribute of `aws.client("sns", ...).publish` and of `client.publish`."""
    clients: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and (service := _service(node.value)):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    clients[target.id].add(service)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = node.value.id if isinstance(node.value, ast.Name) else ""
            service = _service(node.value)
            if services := {service} if service else clients.get(name):
                yield services, node.attr


def _service(node: ast.expr) -> str | None:
    """Return the service of a call of `aws.client`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="client"), args=[ast.Constant(value=service), *_]):
            return str(service)
    return None


def _model(service: str) -> dict[str, Any]:
    model: dict[str, Any] = _COMPLETE.load_service_model(service, "service-2")
    return model


@pytest.mark.parametrize("service", OPERATIONS)
def test_operations_and_errors_are_unchanged(pruned: Loader, service: str) -> None:
    """What the functions call has the same parameters, responses, errors and metadata."""
    complete, model = _model(service), pruned.load_service_model(service, "service-2")
    assert model["operations"].keys() == OPERATIONS[service]
    assert model["metadata"] == complete["metadata"]
    for name, operation in model["operations"].items():
        assert operation == _undocumented(complete["operations"][name])
    for name, shape in model["shapes"].items():
        assert shape == _undocumented(complete["shapes"][name])
    described = ServiceModel(model, service)
    for name in model["operations"]:
        operation_model = described.operation_model(name)
        for shape in (operation_model.input_shape, operation_model.output_shape):
            _visit(shape, set())
        assert operation_model.error_shapes


def _undocumented(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: _undocumented(value)
            for name, value in node.items()
            if not (name == "documentation" and isinstance(value, str))
        }
    return [_undocumented(each) for each in node] if isinstance(node, list) else node


def _visit(shape: Any, visited: set[str]) -> None:
    """Resolve a shape and what it refers to; botocore raises an error for a missing one."""
    if shape is None or shape.name in visited:
        return
    visited.add(shape.name)
    match shape.type_name:
        case "structure":
            nested = list(shape.members.values())
        case "list":
            nested = [shape.member]
        case "map":
            nested = [shape.key, shape.value]
        case _:
            nested = []
    for each in nested:
        _visit(each, visited)


@pytest.mark.parametrize("service", OPERATIONS)
def test_endpoints_are_unchanged(pruned: Loader, service: str) -> None:
    """Every partition, FIPS and dual stack have the endpoints of the complete data."""
    for region, fips, dual_stack in itertools.product(_REGIONS, (False, True), (False, True)):
        config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack)
        expected = _endpoint(_COMPLETE, service, region, config)
        assert _endpoint(pruned, service, region, config) == expected, (region, fips, dual_stack)


def test_endpoints_of_other_services_are_left_out(pruned: Loader) -> None:
    """`endpoints.json`, which botocore reads at each start, has the called services alone."""
    partitions = pruned.load_data("endpoints")["partitions"]
    services = {name for partition in partitions for name in partition["services"]}
    assert services == {_model(service)["metadata"]["endpointPrefix"] for service in OPERATIONS}


def test_an_endpoint_of_the_environment_is_used(
    pruned: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`AWS_ENDPOINT_URL`, by which functions find the embedded AWS, has its effect."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:4567")
    for service, port in {"dynamodb": 4566, "sqs": 4567}.items():
        url = f"http://127.0.0.1:{port}"
        assert _endpoint(pruned, service, "us-east-1", Config()) == (url, url)


def _endpoint(loader: Loader, service: str, region: str, config: Config) -> tuple[str, ...]:
    """Return the client's URL and the one that an operation's rules choose, or the error."""
    session = botocore.session.Session()
    session.register_component("data_loader", loader)
    session.set_credentials("testing", "testing")
    try:
        client: Any = session.create_client(service, region_name=region, config=config)
        operation = client.meta.service_model.operation_model(min(OPERATIONS[service]))
        url, _, _ = client._resolve_endpoint_ruleset(operation, {}, {})  # noqa: SLF001 - no public name
    except botocore.exceptions.BotoCoreError as error:
        return (repr(error),)
    return client.meta.endpoint_url, str(url)
