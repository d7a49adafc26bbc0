"""Resource graphs of stacks, from Pulumi mocks: `graph_recorder.py CHECKOUT STACK_FILE ...`.

It is a script that imports nothing of this project, because the checkout may be an old commit. The
checkout should be a copy, as its `.bundles` get no dependencies. The graphs are printed as JSON.
What AWS would compute is a reference in them, such as `<aws:sqs/queue:Queue orders.arn>`, so that
every run records the same.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import functools
import importlib.util
import json
import multiprocessing
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pulumi
import yaml
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc, settings
from pulumi.runtime.stack import run_pulumi_func

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Values that only the owner of a stack knows, for stack files without them. A key that the
# `Pulumi.yaml` of the checkout does not declare is left out.
PLACEHOLDERS: Final[Mapping[str, str]] = {"emailFrom": "orders@mail.shop-orders.net"}

_PARALLEL: Final = 2
_ACCOUNT: Final = "123456789012"
_STACK: Final = "pulumi:pulumi:Stack"
_SECRET: Final = "[secret]"  # noqa: S105 - replaces a value that is encrypted

# Computed outputs inside objects, by type: the property and the names in it. Other outputs are
# found in the provider's classes.
_NESTED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "aws:apigatewayv2/domainName:DomainName": (
        "domainNameConfiguration",
        ("targetDomainName", "hostedZoneId"),
    ),
    "aws:sesv2/emailIdentity:EmailIdentity": ("dkimSigningAttributes", ("tokens",)),
}
_DKIM_TOKENS: Final = 3


class StackFile(NamedTuple):
    """A stack as the Pulumi CLI would hand it to the program: every value is text."""

    project: str
    stack: str
    config: dict[str, str]


class _Loader(yaml.SafeLoader):
    """YAML 1.2, which the Pulumi CLI reads: `OFF` and `no` are strings."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"(?:null|~|)", ["n", "~", ""]),
    ("bool", r"(?:true|false)", list("tf")),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), _first)


def read_stack(root: Path, file: Path) -> StackFile:
    """Read a stack file, the defaults of `Pulumi.yaml`, and placeholders for its owner's values."""
    project = _yaml(root / "Pulumi.yaml")
    name = str(project["name"])
    values = {
        key.removeprefix(f"{name}:"): value
        for key, value in (_yaml(file).get("config") or {}).items()
    }
    values = {key: _decrypted(value) for key, value in values.items()}
    for key, declared in (project.get("config") or {}).items():
        own = key.removeprefix(f"{name}:")
        if not isinstance(declared, dict):
            values.setdefault(own, declared)
        for source in ("default", "value"):
            if isinstance(declared, dict) and source in declared:
                values.setdefault(own, declared[source])
        if own in PLACEHOLDERS and values.get(own) in (None, "", _SECRET):
            values[own] = PLACEHOLDERS[own]
    stack = file.name.removeprefix("Pulumi.").removesuffix(".yaml")
    config = {key if ":" in key else f"{name}:{key}": _text(value) for key, value in values.items()}
    return StackFile(name, stack, config)


def _yaml(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader) or {}  # noqa: S506 (a safe loader)


def _decrypted(value: Any) -> Any:
    if isinstance(value, list):
        return [_decrypted(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"secure"}:
        return _SECRET
    return {key: _decrypted(item) for key, item in value.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


class _Cloud(pulumi.runtime.Mocks):
    """AWS, whose computed outputs are references to the resource."""

    def __init__(self, region: str) -> None:
        self._region = region

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Return the ID and the outputs of a resource."""
        if not args.custom:
            return None, args.inputs
        outputs = {name: _reference(args, name) for name in _text_outputs(args.typ)} | args.inputs
        if nested := _NESTED.get(args.typ):
            outputs[nested[0]] = {
                **args.inputs.get(nested[0], {}),
                **dict(_nested_outputs(args, nested[1])),
            }
        return _reference(args, "id"), outputs

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Return the response of a data source."""
        region, account = self._region, _ACCOUNT
        responses: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"id": account, "accountId": account},
            "aws:index/getRegion:getRegion": {"id": region, "name": region, "region": region},
            "aws:index/getPartition:getPartition": {
                "id": "aws",
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
            },
        }
        if args.token not in responses:
            raise LookupError(f"The recorder does not know the data source {args.token}.")
        return responses[args.token], []


def _reference(args: pulumi.runtime.MockResourceArgs, output: str) -> str:
    return f"<{args.typ} {args.name}.{output}>"


def _nested_outputs(
    args: pulumi.runtime.MockResourceArgs, names: tuple[str, ...]
) -> Iterator[tuple[str, object]]:
    for name in names:
        single = _reference(args, name)
        several = [_reference(args, f"{name}{number}") for number in range(_DKIM_TOKENS)]
        yield name, several if name == "tokens" else single


@functools.cache
def _text_outputs(token: str) -> list[str]:
    """Return the outputs of a resource type that are text, by the provider's names."""
    for kind in _subclasses(pulumi.CustomResource):
        if vars(kind).get("pulumi_type") == token:
            getters = [
                member.fget for member in vars(kind).values() if isinstance(member, property)
            ]
            texts = [
                each
                for each in getters
                if "Output[str]" in str(getattr(each, "__annotations__", {}).get("return"))
            ]
            return [name for each in texts if (name := getattr(each, "_pulumi_name", None))]
    return []


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _urn(stack: str, project: str, parent: str, kind: str, name: str) -> str:
    """Return a URN as the engine makes it, with the types of all parents but the stack."""
    above = parent.split("::")[2] if parent else _STACK
    qualified = kind if above == _STACK else f"{above}${kind}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


class _Monitor(pulumi_mocks.MockMonitor):
    """Pulumi's mock engine, which also writes down every resource."""

    def __init__(self, mocks: pulumi.runtime.Mocks) -> None:
        super().__init__(mocks)
        self.recorded: dict[str, dict[str, Any]] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return a resource's URN."""
        return _urn(pulumi.get_stack(), pulumi.get_project(), parent, type_, name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the name of the engine's call)
        """Write one resource down."""
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != _STACK:
            if response.urn in self.recorded:
                raise ValueError(f"Two resources have the URN {response.urn}.")
            self.recorded[response.urn] = {
                "type": request.type,
                "inputs": _plain(rpc.deserialize_properties(request.object, keep_unknowns=True)),
                "options": _options(request),
                "aliases": sorted(set(self._aliases(request)) - {response.urn}),
            }
        return response

    def _aliases(self, request: Any) -> Iterator[str]:
        """Yield the URNs that a resource may have had, also those that follow from its parent's."""
        identities = [(request.type, request.name)]
        for alias in request.aliases:
            if alias.WhichOneof("alias") == "urn":
                urn = alias.urn
            else:
                spec = alias.spec
                parent = "" if spec.noParent else spec.parentUrn or request.parent
                stack, project = (
                    spec.stack or pulumi.get_stack(),
                    spec.project or pulumi.get_project(),
                )
                urn = _urn(
                    stack, project, parent, spec.type or request.type, spec.name or request.name
                )
            yield urn
            identities.append((urn.split("::")[2].rpartition("$")[2], urn.split("::", 3)[3]))
        parent_name = request.parent.split("::", 3)[3] if request.parent else ""
        for parent_alias in self.recorded.get(request.parent, {}).get("aliases", []):
            _, project, _, old_parent_name = parent_alias.split("::", 3)
            stack = parent_alias.split("::")[0].removeprefix("urn:pulumi:")
            for kind, name in identities:
                # As in the engine: a name that starts with the parent's changes with it.
                inherited = (
                    old_parent_name + name.removeprefix(parent_name)
                    if name.startswith(parent_name)
                    else name
                )
                yield _urn(stack, project, parent_alias, kind, inherited)


def _options(request: Any) -> dict[str, Any]:
    timeouts = {
        name: getattr(request.customTimeouts, name) for name in ("create", "update", "delete")
    }
    fields = {
        "protect": request.protect,
        "retainOnDelete": request.retainOnDelete,
        "ignoreChanges": sorted(request.ignoreChanges),
        "replaceOnChanges": sorted(request.replaceOnChanges),
        "additionalSecretOutputs": sorted(request.additionalSecretOutputs),
        "customTimeouts": {name: value for name, value in timeouts.items() if value},
    }
    options = {name: value for name, value in fields.items() if value}
    if request.deleteBeforeReplaceDefined:
        options["deleteBeforeReplace"] = request.deleteBeforeReplace
    return options


def _plain(value: Any) -> Any:
    """Return a value for JSON: documents as structures, code as one word, 1.0 as 1."""
    plain = value
    if isinstance(value, (pulumi.Archive, pulumi.Asset)):
        plain = "code"
    elif isinstance(value, dict) and rpc._special_sig_key in value:  # noqa: SLF001 - no public name
        plain = {_SECRET: _plain(value.get("value"))}
    elif isinstance(value, dict):
        plain = {str(key): _plain(item) for key, item in value.items() if item is not None}
    elif isinstance(value, (list, tuple)):
        plain = [_plain(item) for item in value]
    elif isinstance(value, str) and value.startswith(("{", "[")):
        with contextlib.suppress(ValueError):
            plain = _plain(json.loads(value))
    elif isinstance(value, float) and value.is_integer():
        plain = int(value)
    return plain


def record(root: Path, stack_file: StackFile) -> dict[str, Any]:
    """Run a checkout's `__main__.py` and return the resources by URN, and the stack's outputs."""
    monitor = _Monitor(_Cloud(stack_file.config.get("aws:region", "us-east-1")))
    outputs = asyncio.run(_run(monitor, root, stack_file))
    return {"resources": monitor.recorded, "outputs": _plain(outputs)}


async def _run(monitor: _Monitor, root: Path, stack_file: StackFile) -> dict[str, Any]:
    project, stack = stack_file.project, stack_file.stack
    settings.reset_options(project=project, stack=stack, preview=False)
    pulumi.runtime.set_mocks(
        monitor.mocks, project, stack, preview=False, monitor=monitor, organization="recorder"
    )
    pulumi.runtime.set_all_config(stack_file.config)
    await run_pulumi_func(lambda: _execute(root / "__main__.py"))
    exported = getattr(settings.get_root_resource(), "outputs", {})
    return {
        name: await pulumi.Output.from_input(value).future() for name, value in exported.items()
    }


def _execute(path: Path) -> None:
    spec = importlib.util.spec_from_file_location("__main__", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def _import_modules(program: Path) -> None:
    """Import what a program imports, once for all stacks: it takes longer than the program."""
    for node in ast.parse(program.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            importlib.import_module(node.module)


def _record_file(root: Path, file: Path) -> dict[str, Any]:
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return record(root, read_stack(root, file))
    except Exception as error:  # noqa: BLE001 (a program may fail in any way)
        return {
            "error": str(error)
            if isinstance(error, pulumi.RunError)
            else f"{type(error).__name__}: {error}"
        }


def _main(root: Path, files: list[Path]) -> None:
    sys.path.insert(0, str(root))
    os.chdir(root)
    with tempfile.TemporaryDirectory() as folder:
        # Bundles get no dependencies: `python -m pip` finds this package, and does nothing.
        (Path(folder) / "pip").mkdir()
        for name in ("__init__", "__main__"):
            (Path(folder) / "pip" / f"{name}.py").touch()
        os.environ["PYTHONPATH"] = folder
        _import_modules(root / "__main__.py")
        # A process for each stack: the runtime and the program may keep something in modules.
        with multiprocessing.get_context("fork").Pool(_PARALLEL, maxtasksperchild=1) as pool:
            graphs = pool.starmap(_record_file, [(root, file) for file in files], chunksize=1)
    json.dump(graphs, sys.stdout, sort_keys=True)


if __name__ == "__main__":
    _main(Path(sys.argv[1]).resolve(), [Path(file).resolve() for file in sys.argv[2:]])
