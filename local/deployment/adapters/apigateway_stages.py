"""REST APIs: deployments, stages and their settings, domain names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.adapters.apigateway import endpoint_configuration, patch, retag
from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    deletes,
    one_call,
    rename,
    same_names,
    text,
    written_again,
)

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

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
_OF_API = {"restApi": "restApiId"}
_DOMAIN = same_names("domainName", "regionalCertificateArn", "securityPolicy", "tags")
_MAPPING = {"restApi": "restApiId", "stageName": "stage", "domainName": "domainName"}


def _deployment(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigateway").create_deployment(restApiId=inputs["restApi"])
    return Created(response["id"], {"createdDate": response["createdDate"].isoformat()})


def _stage(target: Target, inputs: Inputs) -> Created:
    api, name = inputs["restApi"], inputs["stageName"]
    target.client("apigateway").create_stage(**rename(inputs, _STAGE))
    log = {"accessLogSettings": inputs["accessLogSettings"]}
    target.client("apigateway").update_stage(
        restApiId=api, stageName=name, patchOperations=patch({}, log)
    )
    return Created(
        f"ags-{api}-{name}",
        {
            "arn": target.gateway_arn(f"restapis/{api}/stages/{name}"),
            "executionArn": target.arn("execute-api", f"{api}/{name}"),
            "invokeUrl": target.invoke_url(api, name),
            "webAclArn": "",
        },
    )


def _update_stage(target: Target, stage: Resource, inputs: Inputs) -> dict[str, Any]:
    names = {
        "deployment": "deploymentId",
        "xrayTracingEnabled": "tracingEnabled",
        "accessLogSettings": "accessLogSettings",
    }
    operations = patch(rename(stage.inputs, names), rename(inputs, names))
    target.client("apigateway").update_stage(
        restApiId=inputs["restApi"], stageName=inputs["stageName"], patchOperations=operations
    )
    retag(target, stage, inputs)
    return stage.outputs


def _method_settings(target: Target, inputs: Inputs) -> Created:
    api, stage, path = inputs["restApi"], inputs["stageName"], inputs["methodPath"]
    operations = [
        {"op": "replace", "path": f"/{path}/{_SETTINGS[key]}", "value": text(value)}
        for key, value in inputs["settings"].items()
    ]
    target.client("apigateway").update_stage(
        restApiId=api, stageName=stage, patchOperations=operations
    )
    return Created(f"{api}-{stage}-{path}", {})


def _account(target: Target, inputs: Inputs) -> Created:
    role = patch({}, {"cloudwatchRoleArn": inputs["cloudwatchRoleArn"]})
    target.client("apigateway").update_account(patchOperations=role)
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
        created_first=True,
        delete=deletes("apigateway", "delete_deployment", _OF_API | {"id": "deploymentId"}),
        # Changed triggers cause a new deployment; AWS does not have them.
        forwarded_inputs=frozenset({"restApi", "triggers"}),
        name_input=None,
    ),
    "aws:apigateway/stage:Stage": Adapter(
        create=_stage,
        update=_update_stage,
        delete=deletes("apigateway", "delete_stage", _OF_API | same_names("stageName")),
        fixed_inputs=frozenset({"restApi", "stageName"}),
        forwarded_inputs=frozenset(_STAGE) | {"accessLogSettings"},
        name_input=None,
    ),
    "aws:apigateway/methodSettings:MethodSettings": Adapter(
        create=_method_settings,
        **written_again(_method_settings),
        fixed_inputs=frozenset({"restApi", "stageName", "methodPath"}),
        forwarded_inputs=frozenset({"restApi", "stageName", "methodPath", "settings"}),
        name_input=None,
    ),
    "aws:apigateway/account:Account": Adapter(
        create=_account,
        **written_again(_account),
        forwarded_inputs=frozenset({"cloudwatchRoleArn"}),
        name_input=None,
    ),
    "aws:apigateway/domainName:DomainName": Adapter(
        create=_domain_name,
        delete=deletes("apigateway", "delete_domain_name", same_names("domainName")),
        forwarded_inputs=frozenset(_DOMAIN) | {"endpointConfiguration"},
        name_input=None,
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": one_call(
        "apigateway",
        "create_base_path_mapping",
        _MAPPING,
        id_format="{domainName}/",
        delete=deletes(
            "apigateway", "delete_base_path_mapping", same_names("domainName"), basePath="(none)"
        ),
    ),
}
