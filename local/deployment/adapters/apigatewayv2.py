"""HTTP APIs and their domain names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise,
    capitalise_inputs,
    deletes,
    fixed_id,
    retagged,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_API = {"name", "protocolType", "corsConfiguration", "disableExecuteApiEndpoint", "tags"}
_INTEGRATION = {"apiId", "integrationType", "integrationUri", "payloadFormatVersion"}
_ROUTE = {"apiId", "routeKey", "target", "authorizationType", "authorizerId"}
_AUTHORIZER = {"apiId", "name", "authorizerType", "jwtConfiguration"}
_DOMAIN = {"domainName", "tags"}
_MAPPING = {"apiId", "domainName", "stage"}
_STAGE = {"apiId", "autoDeploy", "accessLogSettings", "defaultRouteSettings", "tags"}


def _api(target: Target, inputs: Inputs) -> Created:
    arguments = _arguments({**inputs, "tags": fixed_id(inputs)}, _API)
    identifier = target.client("apigatewayv2").create_api(**arguments)["ApiId"]
    return Created(
        identifier,
        {
            "apiEndpoint": target.invoke_url(identifier),
            "arn": target.gateway_arn(f"apis/{identifier}"),
            "executionArn": target.arn("execute-api", identifier),
        },
    )


def _update_api(target: Target, api: Resource, inputs: Inputs) -> dict[str, Any]:
    client, names = target.client("apigatewayv2"), _API - {"protocolType", "tags"}
    client.update_api(ApiId=api.id, **_arguments(inputs, names))
    if api.inputs.get("corsConfiguration") and not inputs.get("corsConfiguration"):
        client.delete_cors_configuration(ApiId=api.id)
    _retag(target, api, inputs)
    return api.outputs


def _retag(target: Target, resource: Resource, inputs: Inputs) -> None:
    client, arn = target.client("apigatewayv2"), resource.outputs["arn"]
    added, removed = retagged(resource, inputs)
    if added:
        client.tag_resource(ResourceArn=arn, Tags=added)
    if removed:
        client.untag_resource(ResourceArn=arn, TagKeys=removed)


def _arguments(inputs: Inputs, names: set[str]) -> Inputs:
    """Return inputs by the API's names; the keys of tags are the user's."""
    arguments = capitalise_inputs(inputs, names - {"tags"})
    tags = inputs.get("tags") if "tags" in names else None
    return {**arguments, "Tags": tags} if tags else arguments


def _integration(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigatewayv2").create_integration(
        TimeoutInMillis=inputs["timeoutMilliseconds"], **_arguments(inputs, _INTEGRATION)
    )
    return Created(response["IntegrationId"], {})


def _update_integration(target: Target, integration: Resource, inputs: Inputs) -> dict[str, Any]:
    target.client("apigatewayv2").update_integration(
        IntegrationId=integration.id,
        TimeoutInMillis=inputs["timeoutMilliseconds"],
        **_arguments(inputs, _INTEGRATION),
    )
    return {}


def _route(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigatewayv2").create_route(**_arguments(inputs, _ROUTE))
    return Created(response["RouteId"], {})


def _update_route(target: Target, route: Resource, inputs: Inputs) -> dict[str, Any]:
    none = {"AuthorizerId": ""} if route.inputs.get("authorizerId") else {}
    target.client("apigatewayv2").update_route(
        RouteId=route.id, **{**none, **_arguments(inputs, _ROUTE)}
    )
    return {}


def _authorizer(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigatewayv2").create_authorizer(**_authorizer_arguments(inputs))
    return Created(response["AuthorizerId"], {})


def _authorizer_arguments(inputs: Inputs) -> Inputs:
    arguments = _arguments(inputs, _AUTHORIZER)
    arguments["JwtConfiguration"]["Audience"] = arguments["JwtConfiguration"].pop("Audiences")
    return {**arguments, "IdentitySource": inputs["identitySources"]}


def _update_authorizer(target: Target, authorizer: Resource, inputs: Inputs) -> dict[str, Any]:
    target.client("apigatewayv2").update_authorizer(
        AuthorizerId=authorizer.id, **_authorizer_arguments(inputs)
    )
    return {}


def _stage_arguments(inputs: Inputs) -> Inputs:
    settings = {
        block["routeKey"]: capitalise(without(block, "routeKey"))
        for block in inputs.get("routeSettings") or []
    }
    return {"StageName": inputs["name"], "RouteSettings": settings}


def _update_stage(target: Target, stage: Resource, inputs: Inputs) -> dict[str, Any]:
    arguments = _stage_arguments(inputs) | _arguments(inputs, _STAGE - {"tags"})
    target.client("apigatewayv2").update_stage(**arguments)
    _retag(target, stage, inputs)
    return stage.outputs


def _stage(target: Target, inputs: Inputs) -> Created:
    name, api = inputs["name"], inputs["apiId"]
    target.client("apigatewayv2").create_stage(
        **_stage_arguments(inputs), **_arguments(inputs, _STAGE)
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
    return Created(name, _domain_outputs(target, inputs, response))


def _domain_outputs(target: Target, inputs: Inputs, response: dict[str, Any]) -> dict[str, Any]:
    created = response["DomainNameConfigurations"][0]
    outputs = {
        "targetDomainName": created["ApiGatewayDomainName"],
        "hostedZoneId": created["HostedZoneId"],
    }
    return {
        "arn": target.gateway_arn(f"domainnames/{inputs['domainName']}"),
        "domainNameConfiguration": {**inputs["domainNameConfiguration"], **outputs},
    }


def _update_domain_name(target: Target, domain: Resource, inputs: Inputs) -> dict[str, Any]:
    response = target.client("apigatewayv2").update_domain_name(
        DomainName=domain.id,
        DomainNameConfigurations=[capitalise(inputs["domainNameConfiguration"])],
    )
    _retag(target, domain, inputs)
    return _domain_outputs(target, inputs, response)


def _api_mapping(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigatewayv2").create_api_mapping(**_arguments(inputs, _MAPPING))
    return Created(response["ApiMappingId"], {})


def _deletes(call: str, identifier: str) -> Callable[[Target, Resource], object]:
    """Return a `delete` for a part of an API."""
    return deletes("apigatewayv2", call, {"apiId": "ApiId", "id": identifier})


ADAPTERS = {
    "aws:apigatewayv2/api:Api": Adapter(
        create=_api,
        update=_update_api,
        delete=deletes("apigatewayv2", "delete_api", {"id": "ApiId"}),
        forwarded_inputs=frozenset(_API),
        fixed_inputs=frozenset({"protocolType"}),
    ),
    "aws:apigatewayv2/integration:Integration": Adapter(
        create=_integration,
        update=_update_integration,
        delete=_deletes("delete_integration", "IntegrationId"),
        fixed_inputs=frozenset({"apiId"}),
        forwarded_inputs=frozenset(_INTEGRATION) | {"timeoutMilliseconds"},
        name_input=None,
    ),
    "aws:apigatewayv2/route:Route": Adapter(
        create=_route,
        update=_update_route,
        delete=_deletes("delete_route", "RouteId"),
        forwarded_inputs=frozenset(_ROUTE),
        fixed_inputs=frozenset({"apiId", "routeKey"}),
        name_input=None,
    ),
    "aws:apigatewayv2/stage:Stage": Adapter(
        create=_stage,
        update=_update_stage,
        delete=_deletes("delete_stage", "StageName"),
        forwarded_inputs=frozenset(_STAGE) | {"name", "routeSettings"},
        fixed_inputs=frozenset({"apiId", "name"}),
    ),
    "aws:apigatewayv2/authorizer:Authorizer": Adapter(
        create=_authorizer,
        update=_update_authorizer,
        delete=_deletes("delete_authorizer", "AuthorizerId"),
        forwarded_inputs=frozenset(_AUTHORIZER) | {"identitySources"},
        fixed_inputs=frozenset({"apiId"}),
    ),
    "aws:apigatewayv2/domainName:DomainName": Adapter(
        create=_domain_name,
        update=_update_domain_name,
        delete=deletes("apigatewayv2", "delete_domain_name", {"id": "DomainName"}),
        fixed_inputs=frozenset({"domainName"}),
        forwarded_inputs=frozenset(_DOMAIN) | {"domainNameConfiguration"},
        name_input=None,
    ),
    "aws:apigatewayv2/apiMapping:ApiMapping": Adapter(
        create=_api_mapping,
        delete=deletes(
            "apigatewayv2",
            "delete_api_mapping",
            {"id": "ApiMappingId", "domainName": "DomainName"},
        ),
        forwarded_inputs=frozenset(_MAPPING),
        name_input=None,
    ),
}
