"""An adapter creates, updates and deletes one resource type: Pulumi inputs and boto3 calls."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from local.deployment.resources import Resource
    from tooling.clients import ClientFactory

Inputs: TypeAlias = "dict[str, Any]"


_ID_TAG = "ms-custom-id"


class Created(NamedTuple):
    """The physical ID of a resource, and the outputs that are not among its inputs."""

    id: str
    outputs: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Target:
    """The account and region in which resources are created.

    `storefront_url` is where the objects of the storefront's bucket are served, if anywhere.
    """

    client: ClientFactory
    url: str
    region: str
    account_id: str
    storefront_url: str = ""

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def gateway_arn(self, resource: str) -> str:
        """Return the ARN of a resource of API Gateway, which names no account."""
        return f"arn:aws:apigateway:{self.region}::/{resource}"

    def invoke_url(self, api: str, stage: str = "") -> str:
        """Return an API's URL: a path here, where each API has a host of its own on AWS."""
        return f"{self.url}/_aws/execute-api/{api}{stage and f'/{stage}'}"


def _keep(_target: Target, _resource: Resource) -> None:
    """Delete nothing: the resource ends with what it belongs to."""


def _no_data(_target: Target, _resource: Resource, _inputs: Inputs) -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """How one resource type is created, updated and deleted.

    A changed input that is among `fixed_inputs`, and every one where there is no `update`, needs
    another resource: the old one is deleted before, or with `created_first` after the update.
    """

    create: Callable[[Target, Inputs], Created]
    forwarded_inputs: frozenset[str]
    ignored_inputs: Mapping[str, str] = field(default_factory=dict)
    """Inputs without an effect on the emulator, each with the reason."""

    name_input: str | None = "name"
    """The input that gets a generated name where the program gives none."""

    update: Callable[[Target, Resource, Inputs], dict[str, Any]] | None = None
    """Changes a resource to other inputs, and returns its outputs."""

    delete: Callable[[Target, Resource], object] = _keep
    """Deletes a resource; an error that it does not exist is ignored."""

    fixed_inputs: frozenset[str] = frozenset()
    created_first: bool = False
    data: Callable[[Target, Resource, Inputs], str | None] = _no_data
    """Names what would be lost if another resource with these inputs replaced a resource."""

    def unknown_inputs(self, inputs: Inputs) -> list[str]:
        """Return the inputs that would be lost."""
        return sorted(
            inputs.keys() - self.forwarded_inputs - self.ignored_inputs.keys() - {"region"}
        )

    def changed_inputs(self, resource: Resource, inputs: Inputs) -> list[str]:
        """Return the inputs with an effect that differ from a resource's."""
        return sorted(
            name for name in self.forwarded_inputs if resource.inputs.get(name) != inputs.get(name)
        )

    def replaces(self, changed: Iterable[str]) -> bool:
        """Whether changes of these inputs need another resource."""
        return self.update is None or not self.fixed_inputs.isdisjoint(changed)


def written_again(create: Callable[[Target, Inputs], Created]) -> dict[str, Any]:
    """Return the arguments of an adapter whose call replaces all settings of what exists."""

    def update(target: Target, _resource: Resource, inputs: Inputs) -> dict[str, Any]:
        return create(target, inputs).outputs

    return {"update": update}


def deletes(
    service: str, call: str, names: Mapping[str, str], **constants: Any
) -> Callable[[Target, Resource], object]:
    """Return a `delete` that is one call, with renamed inputs; `id` is the resource's ID."""

    def delete(target: Target, resource: Resource) -> object:
        arguments = rename({**resource.inputs, "id": resource.id}, names)
        return getattr(target.client(service), call)(**arguments, **constants)

    return delete


def one_call(
    service: str, call: str, names: Mapping[str, str], *, id_format: str, **options: Any
) -> Adapter:
    """Return an adapter for a resource that one call creates from renamed inputs.

    Args:
        service: The service, named as in boto3.
        call: The method of its client.
        names: The forwarded inputs, and the method's names for them.
        id_format: The resource's ID, with `{names}` of inputs and of the response's fields.
        options: Further arguments of `Adapter`; with `rewritable=True` the call may be repeated.
    """

    def create(target: Target, inputs: Inputs) -> Created:
        response = getattr(target.client(service), call)(**rename(inputs, names))
        return Created(id_format.format_map({**response, **inputs}), {})

    again = written_again(create) if options.pop("rewritable", False) else {}
    return Adapter(
        create=create, forwarded_inputs=frozenset(names), **{"name_input": None, **again, **options}
    )


def same_names(*names: str) -> dict[str, str]:
    """Return names that the API shares with Pulumi, for `rename`."""
    return {name: name for name in names}


def rename(inputs: Inputs, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the inputs that are set, by the API's names."""
    return {new: inputs[name] for name, new in names.items() if inputs.get(name) is not None}


def capitalise_inputs(inputs: Inputs, names: Iterable[str]) -> dict[str, Any]:
    """Return the inputs of these names that are set, as `capitalise` writes them."""
    values = {name: inputs[name] for name in names if inputs.get(name) is not None}
    return {name[:1].upper() + name[1:]: capitalise(value) for name, value in values.items()}


def capitalise(value: Any) -> Any:
    """Return a block with its `keysLikeThis` as `KeysLikeThis`, at every depth."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: capitalise(item) for key, item in value.items()}
    return [capitalise(item) for item in value] if isinstance(value, list) else value


def without(block: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the other keys of a block: boto3 refuses those that it does not know."""
    return {key: value for key, value in block.items() if key not in names}


def tag_list(inputs: Inputs) -> list[dict[str, str]]:
    """Return tags as a list of keys and values."""
    return [{"Key": key, "Value": value} for key, value in (inputs.get("tags") or {}).items()]


def retagged(resource: Resource, inputs: Inputs) -> tuple[dict[str, str], list[str]]:
    """Return the tags that a resource gets, and the keys of those that it loses."""
    old, new = resource.inputs.get("tags") or {}, inputs.get("tags") or {}
    added = {key: value for key, value in new.items() if old.get(key) != value}
    return added, sorted(old.keys() - new.keys())


def fixed_id(inputs: Inputs) -> dict[str, str]:
    """Return an API's tags with the one by which the emulator gives it an ID derived from its name.

    So the URL of an API is the same in every run.
    """
    digest = hashlib.sha256(inputs["name"].encode()).hexdigest()
    return {**(inputs.get("tags") or {}), _ID_TAG: digest[:10]}


def text(value: Any) -> str:
    """Return a JSON document as a string, also where the program gives an object."""
    return value if isinstance(value, str) else json.dumps(value)
