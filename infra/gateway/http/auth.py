"""Whom an HTTP API lets in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi
import pulumi_aws as aws

from infra.naming import named


class HttpAccess(Protocol):
    """How an HTTP API tells who may call."""

    def authorization(
        self, name: str, api: aws.apigatewayv2.Api, parent: pulumi.Resource
    ) -> Mapping[str, Any]:
        """Return the arguments of every route that let the right callers in."""
        ...


class Anyone:
    """Everybody who knows the URL."""

    def authorization(
        self,
        name: str,
        api: aws.apigatewayv2.Api,
        parent: pulumi.Resource,  # noqa: ARG002 - the protocol's
    ) -> Mapping[str, Any]:
        """Ask for nothing."""
        return {"authorization_type": "NONE"}


class Signed:
    """IAM principals that sign their requests, and may `execute-api:Invoke` the route."""

    def authorization(
        self,
        name: str,
        api: aws.apigatewayv2.Api,
        parent: pulumi.Resource,  # noqa: ARG002 - the protocol's
    ) -> Mapping[str, Any]:
        """Ask for a signature."""
        return {"authorization_type": "AWS_IAM"}


@dataclass(frozen=True, kw_only=True)
class TokenBearers:
    """Who holds a token of an issuer for one of our audiences; its signature is checked with the issuer's keys."""

    issuer: str
    audiences: Sequence[str]

    def authorization(
        self, name: str, api: aws.apigatewayv2.Api, parent: pulumi.Resource
    ) -> Mapping[str, Any]:
        """Ask for a token."""
        authorizer = aws.apigatewayv2.Authorizer(
            f"{name}-authorizer",
            api_id=api.id,
            name=named("jwt"),
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration={"issuer": self.issuer, "audiences": list(self.audiences)},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        return {"authorization_type": "JWT", "authorizer_id": authorizer.id}
