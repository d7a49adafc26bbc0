"""The paths of a REST API, and the functions that stand behind their methods."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pydantic import BaseModel

from infra.gateway.args import TIMEOUT_MS, Route, labelled
from infra.gateway.rest.auth import RestAccess
from infra.gateway.rest.cors import Preflight
from infra.gateway.rest.deployment import Parts
from infra.gateway.rest.request_schema import structure


class Paths:
    """The paths of an API; each is created once, below the one that it continues."""

    def __init__(self, parts: Parts, api: aws.apigateway.RestApi) -> None:
        self._parts = parts
        self._api = api
        self._ids: dict[str, pulumi.Output[str]] = {"": api.root_resource_id}

    def resource_id(self, path: str) -> pulumi.Output[str]:
        """Return the ID of a path's resource."""
        if path not in self._ids:
            above, _, part = path.rpartition("/")
            resource = self._parts.add(
                aws.apigateway.Resource,
                f"path{labelled(path)}",
                rest_api=self._api.id,
                parent_id=self.resource_id(above),
                path_part=part,
            )
            self._ids[path] = resource.id
        return self._ids[path]


class Bodies:
    """What the API looks for in the bodies of requests, by the model that says what is accepted."""

    def __init__(self, parts: Parts, api: aws.apigateway.RestApi) -> None:
        self._parts = parts
        self._api = api
        self._checks: dict[type[BaseModel], Mapping[str, Any]] = {}
        self._validator = parts.add(
            aws.apigateway.RequestValidator,
            "body-validator",
            rest_api=api.id,
            name="body",
            validate_request_body=True,
            validate_request_parameters=False,
        )

    def check(self, model: type[BaseModel] | None) -> Mapping[str, Any]:
        """Return the arguments of a method that check what clients send to it; none where they send nothing."""
        if model is None:
            return {}
        if model not in self._checks:
            schema = self._parts.add(
                aws.apigateway.Model,
                f"{model.__name__}-model",
                rest_api=self._api.id,
                name=model.__name__,
                content_type="application/json",
                schema=json.dumps(structure(model)),
            )
            self._checks[model] = {
                "request_models": {"application/json": schema.name},
                "request_validator_id": self._validator.id,
            }
        return self._checks[model]


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Creates routes: path, method, integration, and the function's permission.

    `preflight` is None where no page in a browser may call the API.
    """

    name: str
    parts: Parts
    api: aws.apigateway.RestApi
    access: RestAccess
    preflight: Preflight | None
    stage_name: str
    parent: pulumi.Resource

    def add(self, routes: Sequence[Route]) -> None:
        """Create the routes, and answers to the questions of browsers about each of their paths."""
        paths, bodies = Paths(self.parts, self.api), Bodies(self.parts, self.api)
        for route in routes:
            self._method(route, paths.resource_id(route.path), bodies.check(route.body))
            self._permission(route)
        if self.preflight is None:
            return
        for path in dict.fromkeys(route.path for route in routes):
            methods = [route.method for route in routes if route.path == path]
            self.preflight.add(path, paths.resource_id(path), methods)

    def _method(
        self, route: Route, resource_id: pulumi.Output[str], checks: Mapping[str, Any]
    ) -> None:
        place: dict[str, Any] = {"rest_api": self.api.id, "resource_id": resource_id}
        method = self.parts.add(
            aws.apigateway.Method,
            f"{route.label}-method",
            http_method=route.method,
            **place,
            **self.access.method(),
            **checks,
        )
        self.parts.add(
            aws.apigateway.Integration,
            f"{route.label}-integration",
            stands_for=route.function.package,
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",  # Lambda's own, whatever the client's is
            uri=route.function.alias.invoke_arn,
            timeout_milliseconds=TIMEOUT_MS,
            **place,
        )

    def _permission(self, route: Route) -> None:
        permission = aws.lambda_.Permission(
            f"{self.name}-{route.label}-permission",
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            function=route.function.name,
            qualifier=route.function.alias.name,
            source_arn=pulumi.Output.concat(
                self.api.execution_arn, f"/{self.stage_name}/{route.source}"
            ),
            opts=pulumi.ResourceOptions(parent=self.parent),
        )
        # A route that is served before it may call its function answers 500.
        self.parts.follow(permission)
