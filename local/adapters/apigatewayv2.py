"""HTTP APIs, and the domain names that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, blocks, pascal, renamed

if TYPE_CHECKING:
    from local.adapters.base import Target

_API = {
    "name",
    "protocolType",
    "description",
    "corsConfiguration",
    "disableExecuteApiEndpoint",
    "version",
}
_INTEGRATION = {
    "apiId", "integrationType", "integrationUri", "integrationMethod", "payloadFormatVersion", "connectionType",
    "description", "credentialsArn",
}  # fmt: skip
_ROUTE = {
    "apiId",
    "routeKey",
    "target",
    "authorizationType",
    "authorizationScopes",
    "authorizerId",
    "operationName",
}
_AUTHORIZER = {
    "apiId": "ApiId",
    "name": "Name",
    "authorizerType": "AuthorizerType",
    "authorizerUri": "AuthorizerUri",
    "authorizerCredentialsArn": "AuthorizerCredentialsArn",
    "authorizerPayloadFormatVersion": "AuthorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "enableSimpleResponses": "EnableSimpleResponses",
    "identitySources": "IdentitySource",
}
_DOMAIN_OUTPUTS = {"ApiGatewayDomainName": "targetDomainName", "HostedZoneId": "hostedZoneId"}
_MAPPING = {"apiId", "apiMappingKey", "domainName", "stage"}
_STAGE = {
    "apiId",
    "autoDeploy",
    "accessLogSettings",
    "defaultRouteSettings",
    "description",
    "deploymentId",
}


def _api(target: Target, inputs: Inputs) -> Created:
    answer = target.client("apigatewayv2").create_api(
        Tags=inputs.get("tags", {}), **blocks(inputs, _API)
    )
    identifier = answer["ApiId"]
    return Created(
        identifier,
        {
            # AWS gives every API a host of its own; the emulator serves them all under paths of one.
            "apiEndpoint": f"{target.url}/_aws/execute-api/{identifier}",
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
    return Created(
        target.client("apigatewayv2").create_route(**blocks(inputs, _ROUTE))["RouteId"], {}
    )


def _authorizer(target: Target, inputs: Inputs) -> Created:
    arguments = renamed(inputs, _AUTHORIZER)
    if jwt := inputs.get("jwtConfiguration"):
        arguments["JwtConfiguration"] = renamed(jwt, {"audiences": "Audience", "issuer": "Issuer"})
    return Created(target.client("apigatewayv2").create_authorizer(**arguments)["AuthorizerId"], {})


def _stage(target: Target, inputs: Inputs) -> Created:
    name, api = inputs["name"], inputs["apiId"]
    target.client("apigatewayv2").create_stage(
        StageName=name,
        StageVariables=inputs.get("stageVariables", {}),
        RouteSettings=_route_settings(inputs),
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


def _route_settings(inputs: Inputs) -> dict[str, Any]:
    """The blocks by the route that each is for, which is the user's word and stays as it is."""
    settings: list[dict[str, Any]] = inputs.get("routeSettings") or []
    return {
        block["routeKey"]: pascal({key: value for key, value in block.items() if key != "routeKey"})
        for block in settings
    }


def _domain_name(target: Target, inputs: Inputs) -> Created:
    name, configuration = inputs["domainName"], inputs["domainNameConfiguration"]
    answer = target.client("apigatewayv2").create_domain_name(
        DomainNameConfigurations=[pascal(configuration)],
        Tags=inputs.get("tags", {}),
        **blocks(inputs, {"domainName", "mutualTlsAuthentication", "routingMode"}),
    )
    made = renamed(answer["DomainNameConfigurations"][0], _DOMAIN_OUTPUTS)
    return Created(
        name,
        {
            "apiMappingSelectionExpression": answer["ApiMappingSelectionExpression"],
            "arn": f"arn:aws:apigateway:{target.region}::/domainnames/{name}",
            "domainNameConfiguration": {**configuration, **made},
        },
    )


def _api_mapping(target: Target, inputs: Inputs) -> Created:
    answer = target.client("apigatewayv2").create_api_mapping(**blocks(inputs, _MAPPING))
    return Created(answer["ApiMappingId"], {})


ADAPTERS = {
    "aws:apigatewayv2/api:Api": Adapter(create=_api, passes=frozenset(_API) | {"tags"}),
    "aws:apigatewayv2/integration:Integration": Adapter(
        create=_integration, passes=frozenset(_INTEGRATION) | {"timeoutMilliseconds"}, named_by=None
    ),
    "aws:apigatewayv2/route:Route": Adapter(create=_route, passes=frozenset(_ROUTE), named_by=None),
    "aws:apigatewayv2/stage:Stage": Adapter(
        create=_stage,
        passes=frozenset(_STAGE) | {"name", "routeSettings", "stageVariables", "tags"},
    ),
    "aws:apigatewayv2/authorizer:Authorizer": Adapter(
        create=_authorizer, passes=frozenset(_AUTHORIZER) | {"jwtConfiguration"}
    ),
    "aws:apigatewayv2/domainName:DomainName": Adapter(
        create=_domain_name,
        passes=frozenset(
            {
                "domainName",
                "domainNameConfiguration",
                "mutualTlsAuthentication",
                "routingMode",
                "tags",
            }
        ),
        named_by=None,
    ),
    "aws:apigatewayv2/apiMapping:ApiMapping": Adapter(
        create=_api_mapping, passes=frozenset(_MAPPING), named_by=None
    ),
}
