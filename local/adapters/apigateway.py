"""REST APIs: what they offer, and what stands behind it. How they are deployed and who may call: the modules beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, one_call, renamed, same, text
from local.workarounds import rewrite_policy

if TYPE_CHECKING:
    from local.adapters.base import Target

_API = same(
    "name", "description", "apiKeySource", "binaryMediaTypes", "disableExecuteApiEndpoint", "endpointAccessMode",
    "securityPolicy", "tags",
)  # fmt: skip
_OF_API = {"restApi": "restApiId"}
_OF_METHOD = _OF_API | same("resourceId", "httpMethod")
_METHOD = _OF_METHOD | {
    "authorization": "authorizationType",
    **same("authorizerId", "authorizationScopes", "apiKeyRequired", "operationName"),
    **same("requestModels", "requestParameters", "requestValidatorId"),
}
_INTEGRATION = _OF_METHOD | {
    "timeoutMilliseconds": "timeoutInMillis",
    **same(
        "type",
        "uri",
        "integrationHttpMethod",
        "integrationTarget",
        "credentials",
        "contentHandling",
    ),
    **same("connectionId", "connectionType", "tlsConfig", "cacheKeyParameters", "cacheNamespace"),
    **same("passthroughBehavior", "requestParameters", "requestTemplates", "responseTransferMode"),
}
_OF_STATUS = _OF_METHOD | same("statusCode", "responseParameters")


def _api(target: Target, inputs: Inputs) -> Created:
    arguments = renamed(inputs, _API)
    if (size := inputs.get("minimumCompressionSize")) not in (None, ""):
        arguments["minimumCompressionSize"] = int(size)
    if endpoint := inputs.get("endpointConfiguration"):
        arguments["endpointConfiguration"] = endpoint_configuration(endpoint)
    if policy := inputs.get("policy"):
        arguments["policy"] = rewrite_policy(text(policy))
    answer = target.client("apigateway").create_rest_api(**arguments)
    identifier = answer["id"]
    return Created(
        identifier,
        {
            "arn": f"arn:aws:apigateway:{target.region}::/restapis/{identifier}",
            "createdDate": answer["createdDate"].isoformat(),
            "executionArn": target.arn("execute-api", identifier),
            "rootResourceId": answer["rootResourceId"],
        },
    )


def endpoint_configuration(block: dict[str, Any]) -> dict[str, Any]:
    """The same block with its one type as the list that the API wants."""
    return {**block, "types": [block["types"]]}


def _policy(target: Target, inputs: Inputs) -> Created:
    api, policy = inputs["restApiId"], rewrite_policy(text(inputs["policy"]))
    replace = {"op": "replace", "path": "/policy", "value": policy}
    target.client("apigateway").update_rest_api(restApiId=api, patchOperations=[replace])
    return Created(api, {})


def _resource(target: Target, inputs: Inputs) -> Created:
    answer = target.client("apigateway").create_resource(
        restApiId=inputs["restApi"], parentId=inputs["parentId"], pathPart=inputs["pathPart"]
    )
    return Created(answer["id"], {"path": answer["path"]})


ADAPTERS = {
    "aws:apigateway/restApi:RestApi": Adapter(
        create=_api,
        passes=frozenset(_API) | {"endpointConfiguration", "minimumCompressionSize", "policy"},
    ),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Adapter(
        create=_policy, passes=frozenset({"restApiId", "policy"}), named_by=None
    ),
    "aws:apigateway/resource:Resource": Adapter(
        create=_resource, passes=frozenset({"restApi", "parentId", "pathPart"}), named_by=None
    ),
    "aws:apigateway/method:Method": one_call(
        "apigateway", "put_method", _METHOD, identity="agm-{restApi}-{resourceId}-{httpMethod}"
    ),
    "aws:apigateway/integration:Integration": one_call(
        "apigateway",
        "put_integration",
        _INTEGRATION,
        identity="agi-{restApi}-{resourceId}-{httpMethod}",
    ),
    "aws:apigateway/methodResponse:MethodResponse": one_call(
        "apigateway",
        "put_method_response",
        _OF_STATUS | same("responseModels"),
        identity="agmr-{restApi}-{resourceId}-{httpMethod}-{statusCode}",
    ),
    "aws:apigateway/integrationResponse:IntegrationResponse": one_call(
        "apigateway",
        "put_integration_response",
        _OF_STATUS | same("contentHandling", "responseTemplates", "selectionPattern"),
        identity="agir-{restApi}-{resourceId}-{httpMethod}-{statusCode}",
    ),
    "aws:apigateway/response:Response": one_call(
        "apigateway",
        "put_gateway_response",
        same("restApiId", "responseType", "statusCode", "responseParameters", "responseTemplates"),
        identity="aggr-{restApiId}-{responseType}",
    ),
    "aws:apigateway/requestValidator:RequestValidator": one_call(
        "apigateway",
        "create_request_validator",
        _OF_API | same("name", "validateRequestBody", "validateRequestParameters"),
        identity="{id}",
        named_by="name",
    ),
    "aws:apigateway/model:Model": one_call(
        "apigateway",
        "create_model",
        _OF_API | same("name", "contentType", "description", "schema"),
        identity="{id}",
        named_by="name",
    ),
}
