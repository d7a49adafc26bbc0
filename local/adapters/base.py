"""What an adapter is: one resource type's way from Pulumi inputs to a boto3 call and back to Pulumi outputs."""

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
    """The physical ID of a resource and the outputs that its inputs do not hold."""

    id: str
    outputs: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where resources are created."""

    client: Callable[[str], Client]
    url: str
    region: str
    account_id: str

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """The ARN of a resource in this account."""
        return f"arn:aws:{service}:{self.region if regional else ''}:{self.account_id}:{resource}"


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """How one resource type is created, and what becomes of each of its inputs."""

    create: Callable[[Target, Inputs], Created]
    passes: frozenset[str]
    no_meaning_locally: Mapping[str, str] = field(default_factory=dict)
    named_by: str | None = "name"

    def unknown_inputs(self, inputs: Inputs) -> list[str]:
        """The inputs that would be lost without a word."""
        return sorted(inputs.keys() - self.passes - self.no_meaning_locally.keys() - {"region"})


def one_call(
    service: str,
    call: str,
    names: Mapping[str, str],
    *,
    identity: str,
    named_by: str | None = None,
    no_meaning_locally: Mapping[str, str] | None = None,
) -> Adapter:
    """Adapt a resource that one call makes, its inputs merely renamed.

    Args:
        service: The service, named as in boto3.
        call: The method of its client.
        names: The inputs that are passed on, and what the method calls them.
        identity: The resource's ID, with `{names}` of inputs and of the answer's fields.
        named_by: The input that the resource's name goes into when the program gives none.
        no_meaning_locally: The inputs that are not passed on, and why.
    """

    def create(target: Target, inputs: Inputs) -> Created:
        answer = getattr(target.client(service), call)(**renamed(inputs, names))
        return Created(identity.format_map({**answer, **inputs}), {})

    return Adapter(
        create=create,
        passes=frozenset(names),
        named_by=named_by,
        no_meaning_locally=no_meaning_locally or {},
    )


def same(*names: str) -> dict[str, str]:
    """Names that the API shares with Pulumi, for `renamed`."""
    return {name: name for name in names}


def renamed(inputs: Inputs, names: Mapping[str, str]) -> dict[str, Any]:
    """The inputs that are there, under the names that AWS's API has for them."""
    return {theirs: inputs[ours] for ours, theirs in names.items() if inputs.get(ours) is not None}


def blocks(inputs: Inputs, names: Iterable[str]) -> dict[str, Any]:
    """The inputs of these names that are there, as `pascal` writes them."""
    return pascal({name: inputs[name] for name in names if inputs.get(name) is not None})  # type: ignore[no-any-return]


def pascal(value: Any) -> Any:
    """The same block with `keysLikeThis` written `KeysLikeThis`, at every depth."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(item) for key, item in value.items()}
    return [pascal(item) for item in value] if isinstance(value, list) else value


def tag_list(inputs: Inputs) -> list[dict[str, str]]:
    """Tags as the services with lists want them."""
    return [{"Key": key, "Value": value} for key, value in (inputs.get("tags") or {}).items()]


def text(value: Any) -> str:
    """A policy or another JSON document as a string, whichever way the program gave it."""
    return value if isinstance(value, str) else json.dumps(value)


def secret(value: str) -> dict[str, str]:
    """An output that the program must not show, as the wire marks it."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}  # noqa: SLF001 (these have no public name)
