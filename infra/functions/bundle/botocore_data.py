"""botocore's data, reduced to the AWS operations that the functions call.

botocore reads it at each cold start: a service's model describes all its operations, and
`endpoints.json` all services.
"""

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

# By service, the operations that handlers call.
OPERATIONS: Final[Mapping[str, frozenset[str]]] = {
    "dynamodb": frozenset(
        {"BatchExecuteStatement", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"}
    ),
    "secretsmanager": frozenset({"GetSecretValue"}),
    "sesv2": frozenset({"SendEmail"}),
    "sns": frozenset({"PublishBatch"}),
    "sqs": frozenset({"SendMessage"}),
}

_MODEL: Final = "service-2"
_RULES: Final = "endpoint-rule-set-1"
_EXTRAS: Final = "service-2.sdk-extras"

# Files of all services that are kept unchanged.
_COMMON: Final = ("_retry", "partitions", "sdk-default-configuration")


def prune(folder: Path) -> None:
    """Rewrite botocore's folder `data`; nothing happens if it does not exist."""
    if not folder.is_dir():
        return
    original = folder.rename(folder.with_name("original"))
    for name in _COMMON:
        _write(folder / name, _read(original / name))
    prefixes = set()
    for service, operations in OPERATIONS.items():
        # The latest version of the API that has a model, as botocore itself chooses.
        version = max(path.parent for path in (original / service).glob(f"*/{_MODEL}.json*"))
        target = folder / service / version.name
        model = pruned_model(_read(version / _MODEL), operations)
        prefixes.add(model["metadata"]["endpointPrefix"])
        _write(target / _MODEL, model)
        _write(target / _RULES, _read(version / _RULES))
        if (version / f"{_EXTRAS}.json").exists():
            _write(target / _EXTRAS, _read(version / _EXTRAS))
    _write(folder / "endpoints", pruned_endpoints(_read(original / "endpoints"), prefixes))
    shutil.rmtree(original)


def pruned_model(model: dict[str, Any], operations: Iterable[str]) -> dict[str, Any]:
    """Return a service's model with some operations and the shapes of those, undocumented."""
    kept = {name: model["operations"][name] for name in sorted(operations)}
    shapes, pending = set[str](), set(_shapes(kept))
    while pending:
        shapes |= pending
        pending = {name for shape in pending for name in _shapes(model["shapes"][shape])} - shapes
    described = {name: shape for name, shape in model["shapes"].items() if name in shapes}
    pruned: dict[str, Any] = _without_documentation(
        {**model, "operations": kept, "shapes": described}
    )
    return pruned


def pruned_endpoints(endpoints: dict[str, Any], prefixes: Iterable[str]) -> dict[str, Any]:
    """Return the endpoints of all partitions, for the services with these endpoint prefixes."""
    kept = frozenset(prefixes)
    partitions = [
        {
            **partition,
            "services": {
                name: service for name, service in partition["services"].items() if name in kept
            },
        }
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _shapes(node: Any) -> Iterator[str]:
    """Yield the names of the shapes that a part of a model refers to."""
    if isinstance(node, dict):
        name = node.get("shape")
        if isinstance(name, str):
            yield name
        for value in node.values():
            yield from _shapes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _shapes(value)


def _without_documentation(node: Any) -> Any:
    """Return a part of a model without descriptions; a member may also be named like them."""
    if isinstance(node, dict):
        return {
            name: _without_documentation(value)
            for name, value in node.items()
            if name != "documentation" or not isinstance(value, str)
        }
    return [_without_documentation(value) for value in node] if isinstance(node, list) else node


def _read(path: Path) -> dict[str, Any]:
    """Read a JSON file, compressed or not; `path` has no extension."""
    plain = path.with_name(f"{path.name}.json")
    content: dict[str, Any] = json.loads(
        plain.read_bytes()
        if plain.exists()
        else gzip.decompress(path.with_name(f"{path.name}.json.gz").read_bytes())
    )
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file, which botocore reads faster than a compressed one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, separators=(",", ":"))
    path.with_name(f"{path.name}.json").write_text(text, encoding="utf-8")
