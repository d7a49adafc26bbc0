"""The routes of a REST API: resources (paths), methods, integrations and Lambda permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infra.gateway.args import TIMEOUT_MS, Route, resource_suffix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def create_paths(
    name: str,
    api: aws.apigateway.RestApi,
    paths: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> Mapping[str, pulumi.Output[str]]:
    """Create a resource for each path, below the resource that it continues; return their IDs."""
    ids: dict[str, pulumi.Output[str]] = {"": api.root_resource_id}
    for path in paths:
        parent = ""
        for part in path.removeprefix("/").split("/"):
            current = f"{parent}/{part}"
            if current not in ids:
                resource = aws.apigateway.Resource(
                    f"{name}-path{resource_suffix(current)}",
                    rest_api=api.id,
                    parent_id=ids[parent],
                    path_part=part,
                    opts=opts,
                )
                ids[current] = resource.id
            parent = current
    return ids


def create_method(
    name: str,
    api: aws.apigateway.RestApi,
    route: Route,
    *,
    resource_id: pulumi.Output[str],
    arguments: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> None:
    """Create a method with these arguments, and its Lambda proxy integration."""
    method = aws.apigateway.Method(
        f"{name}-{route.label}-method",
        rest_api=api.id,
        resource_id=resource_id,
        http_method=route.method,
        opts=opts,
        **arguments,
    )
    aws.apigateway.Integration(
        f"{name}-{route.label}-integration",
        rest_api=api.id,
        resource_id=resource_id,
        http_method=method.http_method,
        type="AWS_PROXY",
        integration_http_method="POST",  # Lambda's own, for every method of the client
        uri=route.function.alias.invoke_arn,
        timeout_milliseconds=TIMEOUT_MS,
        opts=opts,
    )


def create_permission(
    name: str,
    api: aws.apigateway.RestApi,
    route: Route,
    opts: pulumi.ResourceOptions,
) -> aws.lambda_.Permission:
    """Create the route's permission to invoke its function."""
    source = f"/{pulumi.get_stack()}/{route.source}"  # the stage has the stack's name
    return aws.lambda_.Permission(
        f"{name}-{route.label}-permission",
        action="lambda:InvokeFunction",
        principal="apigateway.amazonaws.com",
        function=route.function.name,
        qualifier=route.function.alias.name,
        source_arn=pulumi.Output.concat(api.execution_arn, source),
        opts=opts,
    )
