"""HTTP APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, blocks

if TYPE_CHECKING:
    from local.adapters.base import Target

_API = {"name", "protocolType", "description", "corsConfiguration", "disableExecuteApiEndpoint", "version"}
_INTEGRATION = {
    "apiId", "integrationType", "integrationUri", "integrationMethod", "payloadFormatVersion", "connectionType",
    "description", "credentialsArn",
}  # fmt: skip
_ROUTE = {"apiId", "routeKey", "target", "authorizationType", "authorizationScopes", "authorizerId", "operationName"}
_STAGE = {"apiId", "autoDeploy", "accessLogSettings", "defaultRouteSettings", "description", "deploymentId"}


def _api(target: Target, inputs: Inputs) -> Created:
    answer = target.client("apigatewayv2").create_api(Tags=inputs.get("tags", {}), **blocks(inputs, _API))
    identifier = answer["ApiId"]
    return Created(
        identifier,
        {
            # AWS gives every API a host of its own; the emulator serves them all under paths of one.
            "apiEndpoint": f"{target.url}/_aws/execute-api/{identifier}/$default",
            "arn": f"arn:aws:apigateway:{target.region}::/apis/{identifier}",
            "executionArn": target.arn("execute-api", identifier),
        },
    )


def _integration(target: Target, inputs: Inputs) -> Created:
    arguments = blocks(inputs, _INTEGRATION)
    if milliseconds := inputs.get("timeoutMilliseconds"):
        arguments["TimeoutInMillis"] = milliseconds
    answer = target.client("apigatewayv2").create_integration(**arguments)
    return Created(answer["IntegrationId"], {})


def _route(target: Target, inputs: Inputs) -> Created:
    return Created(target.client("apigatewayv2").create_route(**blocks(inputs, _ROUTE))["RouteId"], {})


def _stage(target: Target, inputs: Inputs) -> Created:
    name, api = inputs["name"], inputs["apiId"]
    target.client("apigatewayv2").create_stage(
        StageName=name,
        StageVariables=inputs.get("stageVariables", {}),
        Tags=inputs.get("tags", {}),
        **blocks(inputs, _STAGE),
    )
    return Created(
        name,
        {
            "arn": f"arn:aws:apigateway:{target.region}::/apis/{api}/stages/{name}",
            "executionArn": target.arn("execute-api", f"{api}/{name}"),
            "invokeUrl": f"{target.url}/_aws/execute-api/{api}/{name}",
        },
    )


ADAPTERS = {
    "aws:apigatewayv2/api:Api": Adapter(create=_api, passes=frozenset(_API) | {"tags"}),
    "aws:apigatewayv2/integration:Integration": Adapter(
        create=_integration, passes=frozenset(_INTEGRATION) | {"timeoutMilliseconds"}, named_by=None
    ),
    "aws:apigatewayv2/route:Route": Adapter(create=_route, passes=frozenset(_ROUTE), named_by=None),
    "aws:apigatewayv2/stage:Stage": Adapter(
        create=_stage, passes=frozenset(_STAGE) | {"name", "stageVariables", "tags"}
    ),
}
