"""REST APIs: resources, methods, integrations, models and gateway responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, one_call, rename, same_names, text
from local.workarounds import rewrite_policy

if TYPE_CHECKING:
    from local.adapters.base import Target

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
    response = target.client("apigateway").create_rest_api(**rename(inputs, _API), **endpoint)
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


def endpoint_configuration(inputs: Inputs) -> dict[str, Inputs]:
    """Return the block with its one type as the list that the API wants."""
    block = inputs["endpointConfiguration"]
    return {"endpointConfiguration": {**block, "types": [block["types"]]}}


def _policy(target: Target, inputs: Inputs) -> Created:
    api, policy = inputs["restApiId"], rewrite_policy(text(inputs["policy"]))
    replace = {"op": "replace", "path": "/policy", "value": policy}
    target.client("apigateway").update_rest_api(restApiId=api, patchOperations=[replace])
    return Created(api, {})


def _resource(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigateway").create_resource(
        restApiId=inputs["restApi"], parentId=inputs["parentId"], pathPart=inputs["pathPart"]
    )
    return Created(response["id"], {"path": response["path"]})


ADAPTERS = {
    "aws:apigateway/restApi:RestApi": Adapter(
        create=_api, forwarded_inputs=frozenset(_API) | {"endpointConfiguration"}
    ),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Adapter(
        create=_policy, forwarded_inputs=frozenset({"restApiId", "policy"}), name_input=None
    ),
    "aws:apigateway/resource:Resource": Adapter(
        create=_resource,
        forwarded_inputs=frozenset({"restApi", "parentId", "pathPart"}),
        name_input=None,
    ),
    "aws:apigateway/method:Method": one_call(
        "apigateway", "put_method", _METHOD, id_format="agm-{restApi}-{resourceId}-{httpMethod}"
    ),
    "aws:apigateway/integration:Integration": one_call(
        "apigateway",
        "put_integration",
        _INTEGRATION,
        id_format="agi-{restApi}-{resourceId}-{httpMethod}",
    ),
    "aws:apigateway/methodResponse:MethodResponse": one_call(
        "apigateway",
        "put_method_response",
        _OF_STATUS,
        id_format="agmr-{restApi}-{resourceId}-{httpMethod}-{statusCode}",
    ),
    "aws:apigateway/integrationResponse:IntegrationResponse": one_call(
        "apigateway",
        "put_integration_response",
        _OF_STATUS | same_names("responseTemplates"),
        id_format="agir-{restApi}-{resourceId}-{httpMethod}-{statusCode}",
    ),
    "aws:apigateway/response:Response": one_call(
        "apigateway",
        "put_gateway_response",
        same_names("restApiId", "responseType", "statusCode")
        | same_names("responseParameters", "responseTemplates"),
        id_format="aggr-{restApiId}-{responseType}",
    ),
    "aws:apigateway/requestValidator:RequestValidator": one_call(
        "apigateway",
        "create_request_validator",
        _OF_API | same_names("name", "validateRequestBody", "validateRequestParameters"),
        id_format="{id}",
        name_input="name",
    ),
    "aws:apigateway/model:Model": one_call(
        "apigateway",
        "create_model",
        _OF_API | same_names("name", "contentType", "schema"),
        id_format="{id}",
        name_input="name",
    ),
}
