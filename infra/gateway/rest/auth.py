"""Whom a REST API lets in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi
import pulumi_aws as aws

from infra.gateway.args import Throttling
from infra.gateway.rest.gateway_responses import NOT_FOUND, UNSIGNED, GatewayAnswer
from infra.naming import named


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A stage that is there, for whoever has to be let in; `parent` owns what that takes."""

    name: str
    stage: aws.apigateway.Stage
    throttling: Throttling
    parent: pulumi.Resource


class RestAccess(Protocol):
    """How a REST API tells who may call."""

    @property
    def not_served(self) -> GatewayAnswer:
        """The answer where there is no such path or method, or no token: API Gateway does not tell one from another."""
        ...

    def method(self) -> Mapping[str, Any]:
        """Return the arguments of every method that let the right callers in."""
        ...

    def within(self, ranges: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Return what lets callers in from these addresses alone: statements, with what follows the API's ARN.

        Where there is a policy, and the caller is nobody to IAM, whom it does not allow is denied.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
        """
        ...

    def open(self, opening: Opening) -> Mapping[str, pulumi.Output[object]]:
        """Create what callers need beside the API, and return the stack outputs that tell them."""
        ...


class Anyone:
    """Everybody who knows the URL."""

    not_served: GatewayAnswer = NOT_FOUND

    def method(self) -> Mapping[str, Any]:
        """Ask for nothing."""
        return {"authorization": "NONE"}

    def within(self, ranges: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Allow these."""
        return [_allow(ranges, "/*")]

    def open(self, opening: Opening) -> Mapping[str, pulumi.Output[object]]:  # noqa: ARG002 - the protocol's
        """Need nothing."""
        return {}


class Signed:
    """IAM principals that sign their requests, and may `execute-api:Invoke` the method."""

    not_served: GatewayAnswer = UNSIGNED

    def method(self) -> Mapping[str, Any]:
        """Ask for a signature."""
        return {"authorization": "AWS_IAM"}

    def within(self, ranges: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Deny all others: to allow these would let in every principal of the account, whatever its own policies say.

        What browsers ask beforehand is not signed, so that is allowed.
        """
        others = {
            "Effect": "Deny",
            "Resource": "/*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": list(ranges)}},
        }
        return [others, _allow(ranges, "/*/OPTIONS/*")]

    def open(self, opening: Opening) -> Mapping[str, pulumi.Output[object]]:  # noqa: ARG002 - the protocol's
        """Need nothing."""
        return {}


@dataclass(frozen=True, kw_only=True)
class KeyHolders:
    """Clients, by name, that send a key of their own as `X-Api-Key`, each within limits of its own."""

    names: Sequence[str]
    not_served: GatewayAnswer = NOT_FOUND

    def method(self) -> Mapping[str, Any]:
        """Ask for a key."""
        return {"authorization": "NONE", "api_key_required": True}

    def within(self, ranges: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Allow these: to IAM, a key is nobody."""
        return [_allow(ranges, "/*")]

    def open(self, opening: Opening) -> Mapping[str, pulumi.Output[object]]:
        """Create a key for each, and a plan that gives each of them the limits; tell the keys, as a secret."""
        limits = opening.throttling
        plan = aws.apigateway.UsagePlan(
            f"{opening.name}-usage-plan",
            name=named("clients"),
            api_stages=[{"api_id": opening.stage.rest_api, "stage": opening.stage.stage_name}],
            throttle_settings={"rate_limit": limits.rate_limit, "burst_limit": limits.burst_limit},
            opts=pulumi.ResourceOptions(parent=opening.parent),
        )
        keys = {name: _key(name, plan, opening) for name in self.names}
        return {"apiKeys": pulumi.Output.secret(pulumi.Output.all(**keys))}


def _allow(ranges: Sequence[str], resource: str) -> Mapping[str, Any]:
    return {
        "Effect": "Allow",
        "Resource": resource,
        "Condition": {"IpAddress": {"aws:SourceIp": list(ranges)}},
    }


def _key(client: str, plan: aws.apigateway.UsagePlan, opening: Opening) -> pulumi.Output[str]:
    """Create a client's key, which AWS chooses, and return it."""
    child = pulumi.ResourceOptions(parent=opening.parent)
    key = aws.apigateway.ApiKey(f"{opening.name}-{client}-key", name=named(client), opts=child)
    aws.apigateway.UsagePlanKey(
        f"{opening.name}-{client}-plan",
        key_id=key.id,
        key_type="API_KEY",
        usage_plan_id=plan.id,
        opts=child,
    )
    return key.value
