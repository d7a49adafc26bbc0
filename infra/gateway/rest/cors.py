"""CORS preflights of a REST API: `OPTIONS` methods with a mock integration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pulumi_aws as aws

from infra.gateway.args import ALLOWED_HEADERS, PREFLIGHT_SECONDS, Route, resource_suffix
from infra.inputs import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

_STATUS: Final = "204"
_JSON: Final = "application/json"

# A response names one origin: with several, the request's own if it is allowed, or else the first.
# Header names reach the template as the client wrote them: in lower case with HTTP/2.
_ECHO_ORIGIN: Final = """\
#set($origin = $input.params().header.get('Origin'))
#if(!$origin || $origin == '')
#set($origin = $input.params().header.get('origin'))
#end
#if({allowed})
#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end"""


def _echo_origin(*origins: str) -> str:
    allowed = " || ".join(f"$origin == '{origin}'" for origin in origins)
    return _ECHO_ORIGIN.replace("{allowed}", allowed)


def cors_preflights(
    name: str,
    api: aws.apigateway.RestApi,
    routes: Sequence[Route],
    paths: Mapping[str, pulumi.Output[str]],
    *,
    origins: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Create the preflight of each path. Browsers send no credentials with it."""
    headers: dict[str, pulumi.Input[str]] = {
        "Access-Control-Allow-Origin": origins[0],
        "Access-Control-Allow-Headers": ",".join(ALLOWED_HEADERS),
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
    templates = None
    if len(origins) > 1:
        headers["Vary"] = "Origin"
        templates = {_JSON: text(_echo_origin, *origins)}
    for path in dict.fromkeys(route.path for route in routes):
        methods = sorted({"OPTIONS", *(route.method for route in routes if route.path == path)})
        headers["Access-Control-Allow-Methods"] = ",".join(methods)
        label = f"{name}-options{resource_suffix(path)}"
        method = aws.apigateway.Method(
            f"{label}-method",
            rest_api=api.id,
            resource_id=paths[path],
            http_method="OPTIONS",
            authorization="NONE",
            opts=opts,
        )
        integration = aws.apigateway.Integration(
            f"{label}-integration",
            rest_api=api.id,
            resource_id=paths[path],
            http_method=method.http_method,
            type="MOCK",
            request_templates={_JSON: f'{{"statusCode": {_STATUS}}}'},
            passthrough_behavior="NEVER",
            opts=opts,
        )
        response = aws.apigateway.MethodResponse(
            f"{label}-response",
            rest_api=api.id,
            resource_id=paths[path],
            http_method=method.http_method,
            status_code=_STATUS,
            response_parameters={f"method.response.header.{key}": True for key in headers},
            opts=opts,
        )
        aws.apigateway.IntegrationResponse(
            f"{label}-integration-response",
            rest_api=api.id,
            resource_id=paths[path],
            http_method=integration.http_method,
            status_code=response.status_code,
            response_parameters={
                f"method.response.header.{key}": text("'{}'".format, value)
                for key, value in headers.items()
            },
            response_templates=templates,
            opts=opts,
        )
