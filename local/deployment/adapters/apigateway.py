"""REST APIs: resources, methods, integrations, models and gateway responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    deletes,
    fixed_id,
    one_call,
    rename,
    retagged,
    same_names,
    text,
    without,
    written_again,
)
from local.deployment.workarounds import rewrite_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_API = same_names("name", "apiKeySource", "disableExecuteApiEndpoint", "tags")
_OF_API = {"restApi": "restApiId"}
_OF_METHOD = _OF_API | same_names("resourceId", "httpMethod")
_METHOD = _OF_METHOD | {
    "authorization": "authorizationType",
    **same_names("apiKeyRequired", "requestModels", "requestValidatorId"),
}
_INTEGRATION = _OF_METHOD | {
    "timeoutMilliseconds": "timeoutInMillis",
    **same_names("type", "uri", "integrationHttpMethod"),
    **same_names("passthroughBehavior", "requestTemplates"),
}
_OF_STATUS = _OF_METHOD | same_names("statusCode", "responseParameters")


def _api(target: Target, inputs: Inputs) -> Created:
    endpoint = endpoint_configuration(inputs)
    arguments = rename({**inputs, "tags": fixed_id(inputs)}, _API)
    response = target.client("apigateway").create_rest_api(**arguments, **endpoint)
    identifier = response["id"]
    return Created(
        identifier,
        {
            "arn": target.gateway_arn(f"restapis/{identifier}"),
            "createdDate": response["createdDate"].isoformat(),
            "executionArn": target.arn("execute-api", identifier),
            "rootResourceId": response["rootResourceId"],
        },
    )


def _update_api(target: Target, api: Resource, inputs: Inputs) -> dict[str, Any]:
    names = same_names("name", "apiKeySource", "disableExecuteApiEndpoint")
    operations = patch(rename(api.inputs, names), rename(inputs, names))
    target.client("apigateway").update_rest_api(restApiId=api.id, patchOperations=operations)
    retag(target, api, inputs)
    return api.outputs


def retag(target: Target, resource: Resource, inputs: Inputs) -> None:
    """Change the tags of a resource of API Gateway."""
    client, arn = target.client("apigateway"), resource.outputs["arn"]
    added, removed = retagged(resource, inputs)
    if added:
        client.tag_resource(resourceArn=arn, tags=added)
    if removed:
        client.untag_resource(resourceArn=arn, tagKeys=removed)


def patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the operations that change settings into others; a block's keys are part of paths."""
    before, after = _by_path(old), _by_path(new)
    values = {path: value for path, value in after.items() if before.get(path) != value}
    removed = sorted(before.keys() - after.keys())
    return [
        *({"op": "replace", "path": path, "value": text(value)} for path, value in values.items()),
        *({"op": "remove", "path": path} for path in removed),
    ]


def _by_path(settings: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            values |= {f"/{name}/{_escaped(key)}": item for key, item in value.items()}
        else:
            values[f"/{name}"] = value
    return values


def _escaped(key: str) -> str:
    """Return a key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def endpoint_configuration(inputs: Inputs) -> dict[str, Inputs]:
    """Return the block with its one type as the list that the API wants."""
    block = inputs["endpointConfiguration"]
    return {"endpointConfiguration": {**block, "types": [block["types"]]}}


def _policy(target: Target, inputs: Inputs) -> Created:
    api, policy = inputs["restApiId"], rewrite_policy(text(inputs["policy"]))
    operations = patch({}, {"policy": policy})
    target.client("apigateway").update_rest_api(restApiId=api, patchOperations=operations)
    return Created(api, {})


def _delete_policy(target: Target, policy: Resource) -> None:
    remove = {"op": "remove", "path": "/policy"}
    target.client("apigateway").update_rest_api(restApiId=policy.id, patchOperations=[remove])


def _resource(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigateway").create_resource(
        restApiId=inputs["restApi"], parentId=inputs["parentId"], pathPart=inputs["pathPart"]
    )
    return Created(response["id"], {"path": response["path"]})


def _patched(
    call: str, identity: Mapping[str, str], names: Mapping[str, str]
) -> Callable[[Target, Resource, Inputs], dict[str, Any]]:
    """Return an `update` in place; another method would lose its integration and its responses."""

    def update(target: Target, resource: Resource, inputs: Inputs) -> dict[str, Any]:
        operations = patch(rename(resource.inputs, names), rename(inputs, names))
        getattr(target.client("apigateway"), call)(
            **rename(inputs, identity), patchOperations=operations
        )
        return {}

    return update


_METHOD_ID = _OF_API | same_names("resourceId", "httpMethod")
_STATUS_ID = _METHOD_ID | same_names("statusCode")
_ONE_METHOD, _ONE_STATUS = frozenset(_METHOD_ID), frozenset(_STATUS_ID)

ADAPTERS = {
    "aws:apigateway/restApi:RestApi": Adapter(
        create=_api,
        update=_update_api,
        delete=deletes("apigateway", "delete_rest_api", {"id": "restApiId"}),
        forwarded_inputs=frozenset(_API) | {"endpointConfiguration"},
        fixed_inputs=frozenset({"endpointConfiguration"}),
    ),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Adapter(
        create=_policy,
        **written_again(_policy),
        delete=_delete_policy,
        forwarded_inputs=frozenset({"restApiId", "policy"}),
        fixed_inputs=frozenset({"restApiId"}),
        name_input=None,
    ),
    "aws:apigateway/resource:Resource": Adapter(
        create=_resource,
        delete=deletes("apigateway", "delete_resource", _OF_API | {"id": "resourceId"}),
        forwarded_inputs=frozenset({"restApi", "parentId", "pathPart"}),
        name_input=None,
    ),
    "aws:apigateway/method:Method": one_call(
        "apigateway",
        "put_method",
        _METHOD,
        id_format="agm-{restApi}-{resourceId}-{httpMethod}",
        update=_patched("update_method", _METHOD_ID, without(_METHOD, *_METHOD_ID)),
        fixed_inputs=_ONE_METHOD,
        delete=deletes("apigateway", "delete_method", _METHOD_ID),
    ),
    "aws:apigateway/integration:Integration": one_call(
        "apigateway",
        "put_integration",
        _INTEGRATION,
        id_format="agi-{restApi}-{resourceId}-{httpMethod}",
        update=_patched("update_integration", _METHOD_ID, without(_INTEGRATION, *_METHOD_ID)),
        fixed_inputs=_ONE_METHOD,
        delete=deletes("apigateway", "delete_integration", _METHOD_ID),
    ),
    "aws:apigateway/methodResponse:MethodResponse": one_call(
        "apigateway",
        "put_method_response",
        _OF_STATUS,
        id_format="agmr-{restApi}-{resourceId}-{httpMethod}-{statusCode}",
        rewritable=True,
        fixed_inputs=_ONE_STATUS,
        delete=deletes("apigateway", "delete_method_response", _STATUS_ID),
    ),
    "aws:apigateway/integrationResponse:IntegrationResponse": one_call(
        "apigateway",
        "put_integration_response",
        _OF_STATUS | same_names("responseTemplates"),
        id_format="agir-{restApi}-{resourceId}-{httpMethod}-{statusCode}",
        rewritable=True,
        fixed_inputs=_ONE_STATUS,
        delete=deletes("apigateway", "delete_integration_response", _STATUS_ID),
    ),
    "aws:apigateway/response:Response": one_call(
        "apigateway",
        "put_gateway_response",
        same_names("restApiId", "responseType", "statusCode")
        | same_names("responseParameters", "responseTemplates"),
        id_format="aggr-{restApiId}-{responseType}",
        rewritable=True,
        fixed_inputs=frozenset({"restApiId", "responseType"}),
        delete=deletes(
            "apigateway", "delete_gateway_response", same_names("restApiId", "responseType")
        ),
    ),
    "aws:apigateway/requestValidator:RequestValidator": one_call(
        "apigateway",
        "create_request_validator",
        _OF_API | same_names("name", "validateRequestBody", "validateRequestParameters"),
        id_format="{id}",
        name_input="name",
        created_first=True,
        delete=deletes(
            "apigateway", "delete_request_validator", _OF_API | {"id": "requestValidatorId"}
        ),
    ),
    "aws:apigateway/model:Model": one_call(
        "apigateway",
        "create_model",
        _OF_API | same_names("name", "contentType", "schema"),
        id_format="{id}",
        name_input="name",
        update=_patched("update_model", _OF_API | {"name": "modelName"}, same_names("schema")),
        fixed_inputs=frozenset({"restApi", "name", "contentType"}),
        delete=deletes("apigateway", "delete_model", _OF_API | {"name": "modelName"}),
    ),
}
