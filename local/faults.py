"""Fault injection on a running local stack: refuse, delay or crash any hop of an order.

A hop is an invocation of a function (`email`), or its calls of an AWS service (`email:ses`). The
emulator keeps the faults (`local/emulator/fault_injection.py`); they end with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local.emulator.emulator import http_client
from local.emulator.fault_injection import PATH
from tooling.clients import Clients
from tooling.errors import UserError
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tooling.clients import Client

Effect = Literal["refuse", "delay", "crash"]
EFFECTS: Final[tuple[Effect, ...]] = get_args(Effect)
LONGEST_DELAY: Final = 60
DEFAULT_DELAY: Final = 5

# What AWS services call with a function's role, in no code of the function.
_SERVICES_OF_LAMBDA = {"ec2", "kms", "logs", "xray"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens at a hop instead of the invocation or the call, or before it."""

    hop: str
    effect: Effect
    seconds: float = 0
    """How long a delay is; 0 for the other effects."""

    def __post_init__(self) -> None:
        """Check the seconds.

        Raises:
            UserError: they are not allowed.
        """
        if self.effect != "delay" and self.seconds:
            raise UserError(f"Only a delay has seconds, and not the effect '{self.effect}'.")
        if self.effect == "delay" and not 1 <= self.seconds <= LONGEST_DELAY:
            raise UserError(f"A delay has 1 to {LONGEST_DELAY} seconds, and not {self.seconds:g}.")

    @property
    def text(self) -> str:
        """The hop, the effect, and a delay's seconds: `email:ses delay 5 s`."""
        seconds = f" {self.seconds:g} s" if self.effect == "delay" else ""
        return f"{self.hop} {self.effect}{seconds}"


def effect_of(text: str) -> Effect:
    """Return the effect that a user names.

    Raises:
        UserError: there is no such effect.
    """
    for effect in EFFECTS:
        if text == effect:
            return effect
    raise UserError(f"'{text}' is no effect; use {', '.join(EFFECTS)}.")


class Faults:
    """The faults of a running local stack, by its outputs with the connection to the emulator."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self._url = outputs["awsEndpointUrl"]
        self._key = AccessKey.of_outputs(outputs)
        self._functions: Mapping[str, str] = outputs["functionNames"]

    def hops(self) -> list[str]:
        """Return each function, and after it the AWS services that its role lets it call.

        They are read from the deployed functions, event source mappings and policies.

        Raises:
            UserError: they cannot be read.
        """
        clients = Clients(self._url, self._key)
        try:
            return list(_hops(clients, self._functions))
        except (BotoCoreError, ClientError) as error:
            raise UserError(f"The local stack's hops cannot be read: {error}") from error
        finally:
            clients.close()

    def active(self) -> list[Fault]:
        """Return the injected faults, by hop."""
        packages = {name: package for package, name in self._functions.items()}
        faults = [
            Fault(
                hop=_hop(packages[fault["function"]], fault["service"]),
                effect=fault["effect"],
                seconds=fault["seconds"],
            )
            for fault in self._request("GET")["faults"]
            if fault["function"] in packages
        ]
        return sorted(faults, key=lambda fault: fault.hop)

    def inject(self, fault: Fault) -> None:
        """Inject a fault, in place of another one at the same hop.

        Raises:
            UserError: the stack has no such hop.
        """
        self._require(fault.hop)
        target = self._target(fault.hop)
        self._request("PUT", {**target, "effect": fault.effect, "seconds": fault.seconds})

    def remove(self, hop: str) -> bool:
        """Remove the fault of a hop, and return whether there was one.

        Raises:
            UserError: the stack has no such hop.
        """
        self._require(hop)
        existed = any(fault.hop == hop for fault in self.active())
        self._request("DELETE", self._target(hop))
        return existed

    def _require(self, hop: str) -> None:
        hops = self.hops()
        if hop not in hops:
            raise UserError(f"The stack has no hop '{hop}'; use {', '.join(hops)}.")

    def _target(self, hop: str) -> dict[str, str | None]:
        package, _, service = hop.partition(":")
        return {"function": self._functions[package], "service": service or None}

    def _request(self, method: str, fault: Mapping[str, Any] | None = None) -> Any:
        content = None if fault is None else json.dumps(fault)
        try:
            with http_client(self._url, self._key, timeout=30) as http:
                response = http.request(method, PATH, content=content).raise_for_status()
        except httpx.HTTPError as error:
            raise UserError(f"The local stack does not respond: {error}") from error
        return response.json()


def _hop(package: str, service: str | None) -> str:
    return f"{package}:{service}" if service else package


def _hops(clients: Clients, functions: Mapping[str, str]) -> Iterator[str]:
    aws_lambda, iam = clients.get("lambda"), clients.get("iam")
    polled: dict[str, set[str]] = {}
    for mapping in (
        aws_lambda.get_paginator("list_event_source_mappings")
        .paginate()
        .search("EventSourceMappings")
    ):
        name = mapping["FunctionArn"].split(":")[6]
        polled.setdefault(name, set()).update(_resources_of_mapping(mapping))
    for package, name in sorted(functions.items()):
        role = aws_lambda.get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
        services = {
            action.partition(":")[0]
            for policy in _policies(iam, role)
            if not polled.get(name, set()) & set(_values(policy, "Resource"))
            for action in _values(policy, "Action")
        }
        yield package
        yield from (_hop(package, each) for each in sorted(services - _SERVICES_OF_LAMBDA))


def _resources_of_mapping(mapping: Mapping[str, Any]) -> Iterator[str]:
    """Yield what Lambda itself reads and writes with the function's role."""
    yield mapping["EventSourceArn"]
    failures = mapping.get("DestinationConfig", {}).get("OnFailure", {})
    yield from [failures["Destination"]] if "Destination" in failures else []


def _policies(iam: Client, role: str) -> Iterator[Mapping[str, Any]]:
    """Yield the documents of a role's policies."""
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def _values(policy: Mapping[str, Any], key: str) -> Iterator[str]:
    """Yield every action or resource of a policy's statements."""
    for statement in policy["Statement"]:
        value = statement[key]
        yield from value if isinstance(value, list) else [value]
