"""An adapter creates one resource type: Pulumi inputs, a boto3 call, Pulumi outputs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pulumi.runtime import rpc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tooling.clients import Client

Inputs: TypeAlias = "dict[str, Any]"


class Created(NamedTuple):
    """The physical ID of a resource, and the outputs that are not among its inputs."""

    id: str
    outputs: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Target:
    """The account and region in which resources are created.

    `storefront_url` is where the objects of the storefront's bucket are served, if anywhere.
    """

    client: Callable[[str], Client]
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


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """How one resource type is created.

    `ignored_inputs` have no effect on the emulator, each for the reason given. `name_input` is the
    input that gets a generated name where the program gives none.
    """

    create: Callable[[Target, Inputs], Created]
    forwarded_inputs: frozenset[str]
    ignored_inputs: Mapping[str, str] = field(default_factory=dict)
    name_input: str | None = "name"

    def unknown_inputs(self, inputs: Inputs) -> list[str]:
        """Return the inputs that would be lost."""
        return sorted(
            inputs.keys() - self.forwarded_inputs - self.ignored_inputs.keys() - {"region"}
        )


def one_call(
    service: str, call: str, names: Mapping[str, str], *, id_format: str, **options: Any
) -> Adapter:
    """Return an adapter for a resource that one call creates from renamed inputs.

    Args:
        service: The service, named as in boto3.
        call: The method of its client.
        names: The forwarded inputs, and the method's names for them.
        id_format: The resource's ID, with `{names}` of inputs and of the response's fields.
        options: Further arguments of `Adapter`.
    """

    def create(target: Target, inputs: Inputs) -> Created:
        response = getattr(target.client(service), call)(**rename(inputs, names))
        return Created(id_format.format_map({**response, **inputs}), {})

    return Adapter(
        create=create, forwarded_inputs=frozenset(names), **{"name_input": None, **options}
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


def text(value: Any) -> str:
    """Return a JSON document as a string, also where the program gives an object."""
    return value if isinstance(value, str) else json.dumps(value)


def secret(value: str) -> dict[str, str]:
    """Return a secret output in the wire format."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}  # noqa: SLF001 (no public name)
