"""REST APIs: deployments, stages with their settings, and the names that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.apigateway import endpoint_configuration
from local.adapters.base import Adapter, Created, Inputs, renamed, same, text

if TYPE_CHECKING:
    from local.adapters.base import Target

_STAGE = {
    "restApi": "restApiId",
    "deployment": "deploymentId",
    "xrayTracingEnabled": "tracingEnabled",
    **same(
        "stageName",
        "description",
        "variables",
        "documentationVersion",
        "cacheClusterEnabled",
        "cacheClusterSize",
    ),
    **same("canarySettings", "tags"),
}
# What the block calls a setting, and where UpdateStage looks for it.
_SETTINGS = {
    "metricsEnabled": "metrics/enabled",
    "loggingLevel": "logging/loglevel",
    "dataTraceEnabled": "logging/dataTrace",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "cachingEnabled": "caching/enabled",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cacheDataEncrypted": "caching/dataEncrypted",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
    "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
}
_DOMAIN = same(
    "domainName", "certificateArn", "certificateName", "endpointAccessMode", "mutualTlsAuthentication",
    "ownershipVerificationCertificateArn", "regionalCertificateArn", "regionalCertificateName", "routingMode",
    "securityPolicy", "tags",
)  # fmt: skip


def _deployment(target: Target, inputs: Inputs) -> Created:
    names = {"restApi": "restApiId", **same("description", "variables")}
    answer = target.client("apigateway").create_deployment(**renamed(inputs, names))
    return Created(answer["id"], {"createdDate": answer["createdDate"].isoformat()})


def _stage(target: Target, inputs: Inputs) -> Created:
    api, name = inputs["restApi"], inputs["stageName"]
    target.client("apigateway").create_stage(**renamed(inputs, _STAGE))
    if log := inputs.get("accessLogSettings"):
        _update(
            target, api, name, {f"accessLogSettings/{key}": value for key, value in log.items()}
        )
    return Created(
        f"ags-{api}-{name}",
        {
            "arn": f"arn:aws:apigateway:{target.region}::/restapis/{api}/stages/{name}",
            "executionArn": target.arn("execute-api", f"{api}/{name}"),
            # AWS gives every API a host of its own; the emulator serves them all under paths of one.
            "invokeUrl": f"{target.url}/_aws/execute-api/{api}/{name}",
            "webAclArn": "",
        },
    )


def _method_settings(target: Target, inputs: Inputs) -> Created:
    api, stage, path = inputs["restApi"], inputs["stageName"], inputs["methodPath"]
    _update(
        target,
        api,
        stage,
        {f"{path}/{_SETTINGS[key]}": value for key, value in inputs["settings"].items()},
    )
    return Created(f"{api}-{stage}-{path}", {})


def _update(target: Target, api: str, stage: str, values: dict[str, Any]) -> None:
    operations = [
        {"op": "replace", "path": f"/{path}", "value": text(value)}
        for path, value in values.items()
    ]
    target.client("apigateway").update_stage(
        restApiId=api, stageName=stage, patchOperations=operations
    )


def _account(target: Target, inputs: Inputs) -> Created:
    role = {
        "op": "replace",
        "path": "/cloudwatchRoleArn",
        "value": inputs.get("cloudwatchRoleArn", ""),
    }
    answer = target.client("apigateway").update_account(patchOperations=[role])
    outputs = {
        "throttleSettings": [answer["throttleSettings"]],
        **renamed(answer, same("apiKeyVersion", "features")),
    }
    return Created("api-gateway-account", outputs)


def _domain_name(target: Target, inputs: Inputs) -> Created:
    name, arguments = inputs["domainName"], renamed(inputs, _DOMAIN)
    if endpoint := inputs.get("endpointConfiguration"):
        arguments["endpointConfiguration"] = endpoint_configuration(endpoint)
    answer = target.client("apigateway").create_domain_name(**arguments)
    return Created(
        name,
        {
            "arn": f"arn:aws:apigateway:{target.region}::/domainnames/{name}",
            "cloudfrontDomainName": answer["distributionDomainName"],
            "cloudfrontZoneId": answer["distributionHostedZoneId"],
            "regionalDomainName": answer["regionalDomainName"],
            "regionalZoneId": answer["regionalHostedZoneId"],
        },
    )


def _base_path_mapping(target: Target, inputs: Inputs) -> Created:
    names = {
        "restApi": "restApiId",
        "stageName": "stage",
        **same("domainName", "domainNameId", "basePath"),
    }
    target.client("apigateway").create_base_path_mapping(**renamed(inputs, names))
    return Created(f"{inputs['domainName']}/{inputs.get('basePath', '')}", {})


ADAPTERS = {
    "aws:apigateway/deployment:Deployment": Adapter(
        create=_deployment,
        passes=frozenset({"restApi", "description", "variables"}),
        no_meaning_locally={
            "triggers": "They tell the engine when to deploy again; here every run deploys."
        },
        named_by=None,
    ),
    "aws:apigateway/stage:Stage": Adapter(
        create=_stage, passes=frozenset(_STAGE) | {"accessLogSettings"}, named_by=None
    ),
    "aws:apigateway/methodSettings:MethodSettings": Adapter(
        create=_method_settings,
        passes=frozenset({"restApi", "stageName", "methodPath", "settings"}),
        named_by=None,
    ),
    "aws:apigateway/account:Account": Adapter(
        create=_account, passes=frozenset({"cloudwatchRoleArn"}), named_by=None
    ),
    "aws:apigateway/domainName:DomainName": Adapter(
        create=_domain_name, passes=frozenset(_DOMAIN) | {"endpointConfiguration"}, named_by=None
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": Adapter(
        create=_base_path_mapping,
        passes=frozenset({"restApi", "stageName", "domainName", "domainNameId", "basePath"}),
        named_by=None,
    ),
}
