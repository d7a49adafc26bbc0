"""HTTP APIs and their domain names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, capitalise, capitalise_inputs, without

if TYPE_CHECKING:
    from local.adapters.base import Target

_API = {"name", "protocolType", "corsConfiguration", "disableExecuteApiEndpoint", "tags"}
_INTEGRATION = {"apiId", "integrationType", "integrationUri", "payloadFormatVersion"}
_ROUTE = {"apiId", "routeKey", "target", "authorizationType", "authorizerId"}
_AUTHORIZER = {"apiId", "name", "authorizerType", "jwtConfiguration"}
_DOMAIN = {"domainName", "tags"}
_MAPPING = {"apiId", "domainName", "stage"}
_STAGE = {"apiId", "autoDeploy", "accessLogSettings", "defaultRouteSettings", "tags"}


def _api(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigatewayv2").create_api(**_arguments(inputs, _API))
    identifier = response["ApiId"]
    return Created(
        identifier,
        {
            "apiEndpoint": target.invoke_url(identifier),
            "arn": target.gateway_arn(f"apis/{identifier}"),
            "executionArn": target.arn("execute-api", identifier),
        },
    )


def _arguments(inputs: Inputs, names: set[str]) -> Inputs:
    """Return inputs by the API's names; the keys of tags are the user's."""
    arguments = capitalise_inputs(inputs, names - {"tags"})
    return {**arguments, "Tags": inputs["tags"]} if inputs.get("tags") else arguments


def _integration(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigatewayv2").create_integration(
        TimeoutInMillis=inputs["timeoutMilliseconds"], **_arguments(inputs, _INTEGRATION)
    )
    return Created(response["IntegrationId"], {})


def _route(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigatewayv2").create_route(**_arguments(inputs, _ROUTE))
    return Created(response["RouteId"], {})


def _authorizer(target: Target, inputs: Inputs) -> Created:
    arguments = _arguments(inputs, _AUTHORIZER)
    arguments["JwtConfiguration"]["Audience"] = arguments["JwtConfiguration"].pop("Audiences")
    response = target.client("apigatewayv2").create_authorizer(
        IdentitySource=inputs["identitySources"], **arguments
    )
    return Created(response["AuthorizerId"], {})


def _stage(target: Target, inputs: Inputs) -> Created:
    name, api = inputs["name"], inputs["apiId"]
    settings = {
        block["routeKey"]: capitalise(without(block, "routeKey"))
        for block in inputs.get("routeSettings") or []
    }
    target.client("apigatewayv2").create_stage(
        StageName=name, RouteSettings=settings, **_arguments(inputs, _STAGE)
    )
    return Created(
        name,
        {
            "arn": target.gateway_arn(f"apis/{api}/stages/{name}"),
            "executionArn": target.arn("execute-api", f"{api}/{name}"),
            "invokeUrl": target.invoke_url(api, name),
        },
    )


def _domain_name(target: Target, inputs: Inputs) -> Created:
    name, configuration = inputs["domainName"], inputs["domainNameConfiguration"]
    response = target.client("apigatewayv2").create_domain_name(
        DomainNameConfigurations=[capitalise(configuration)], **_arguments(inputs, _DOMAIN)
    )
    created = response["DomainNameConfigurations"][0]
    outputs = {
        "targetDomainName": created["ApiGatewayDomainName"],
        "hostedZoneId": created["HostedZoneId"],
    }
    return Created(
        name,
        {
            "arn": target.gateway_arn(f"domainnames/{name}"),
            "domainNameConfiguration": {**configuration, **outputs},
        },
    )


def _api_mapping(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigatewayv2").create_api_mapping(**_arguments(inputs, _MAPPING))
    return Created(response["ApiMappingId"], {})


ADAPTERS = {
    "aws:apigatewayv2/api:Api": Adapter(create=_api, forwarded_inputs=frozenset(_API)),
    "aws:apigatewayv2/integration:Integration": Adapter(
        create=_integration,
        forwarded_inputs=frozenset(_INTEGRATION) | {"timeoutMilliseconds"},
        name_input=None,
    ),
    "aws:apigatewayv2/route:Route": Adapter(
        create=_route, forwarded_inputs=frozenset(_ROUTE), name_input=None
    ),
    "aws:apigatewayv2/stage:Stage": Adapter(
        create=_stage, forwarded_inputs=frozenset(_STAGE) | {"name", "routeSettings"}
    ),
    "aws:apigatewayv2/authorizer:Authorizer": Adapter(
        create=_authorizer, forwarded_inputs=frozenset(_AUTHORIZER) | {"identitySources"}
    ),
    "aws:apigatewayv2/domainName:DomainName": Adapter(
        create=_domain_name,
        forwarded_inputs=frozenset(_DOMAIN) | {"domainNameConfiguration"},
        name_input=None,
    ),
    "aws:apigatewayv2/apiMapping:ApiMapping": Adapter(
        create=_api_mapping, forwarded_inputs=frozenset(_MAPPING), name_input=None
    ),
}
