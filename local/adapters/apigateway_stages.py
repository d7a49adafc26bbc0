"""REST APIs: deployments, stages and their settings, domain names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.apigateway import endpoint_configuration
from local.adapters.base import Adapter, Created, Inputs, one_call, rename, same_names, text

if TYPE_CHECKING:
    from local.adapters.base import Target

_STAGE = {
    "restApi": "restApiId",
    "deployment": "deploymentId",
    "xrayTracingEnabled": "tracingEnabled",
    **same_names("stageName", "tags"),
}
# Names of settings in the block, and their paths in UpdateStage.
_SETTINGS = {
    "metricsEnabled": "metrics/enabled",
    "loggingLevel": "logging/loglevel",
    "dataTraceEnabled": "logging/dataTrace",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
}
_DOMAIN = same_names("domainName", "regionalCertificateArn", "securityPolicy", "tags")
_MAPPING = {"restApi": "restApiId", "stageName": "stage", "domainName": "domainName"}


def _deployment(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigateway").create_deployment(restApiId=inputs["restApi"])
    return Created(response["id"], {"createdDate": response["createdDate"].isoformat()})


def _stage(target: Target, inputs: Inputs) -> Created:
    api, name = inputs["restApi"], inputs["stageName"]
    target.client("apigateway").create_stage(**rename(inputs, _STAGE))
    log = inputs["accessLogSettings"]
    _update(target, api, name, {f"accessLogSettings/{key}": value for key, value in log.items()})
    return Created(
        f"ags-{api}-{name}",
        {
            "arn": target.gateway_arn(f"restapis/{api}/stages/{name}"),
            "executionArn": target.arn("execute-api", f"{api}/{name}"),
            "invokeUrl": target.invoke_url(api, name),
            "webAclArn": "",
        },
    )


def _method_settings(target: Target, inputs: Inputs) -> Created:
    api, stage, path = inputs["restApi"], inputs["stageName"], inputs["methodPath"]
    values = {f"{path}/{_SETTINGS[key]}": value for key, value in inputs["settings"].items()}
    _update(target, api, stage, values)
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
    role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": inputs["cloudwatchRoleArn"]}
    target.client("apigateway").update_account(patchOperations=[role])
    return Created("api-gateway-account", {})


def _domain_name(target: Target, inputs: Inputs) -> Created:
    name, endpoint = inputs["domainName"], endpoint_configuration(inputs)
    response = target.client("apigateway").create_domain_name(**rename(inputs, _DOMAIN), **endpoint)
    return Created(
        name,
        {
            "arn": target.gateway_arn(f"domainnames/{name}"),
            "regionalDomainName": response["regionalDomainName"],
            "regionalZoneId": response["regionalHostedZoneId"],
        },
    )


ADAPTERS = {
    "aws:apigateway/deployment:Deployment": Adapter(
        create=_deployment,
        forwarded_inputs=frozenset({"restApi"}),
        ignored_inputs={"triggers": "They cause a new deployment; here every run deploys."},
        name_input=None,
    ),
    "aws:apigateway/stage:Stage": Adapter(
        create=_stage,
        forwarded_inputs=frozenset(_STAGE) | {"accessLogSettings"},
        name_input=None,
    ),
    "aws:apigateway/methodSettings:MethodSettings": Adapter(
        create=_method_settings,
        forwarded_inputs=frozenset({"restApi", "stageName", "methodPath", "settings"}),
        name_input=None,
    ),
    "aws:apigateway/account:Account": Adapter(
        create=_account, forwarded_inputs=frozenset({"cloudwatchRoleArn"}), name_input=None
    ),
    "aws:apigateway/domainName:DomainName": Adapter(
        create=_domain_name,
        forwarded_inputs=frozenset(_DOMAIN) | {"endpointConfiguration"},
        name_input=None,
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": one_call(
        "apigateway", "create_base_path_mapping", _MAPPING, id_format="{domainName}/"
    ),
}
