"""REST APIs: API keys and usage plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.adapters.apigateway import patch, retag
from local.deployment.adapters.base import Adapter, Created, Inputs, deletes, rename, same_names
from local.deployment.properties import secret

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_KEY = same_names("name", "description", "tags")
_PLAN = {"throttleSettings": "throttle", **same_names("name", "apiStages", "tags")}
_PLAN_KEY = same_names("usagePlanId", "keyId", "keyType")


def _key(target: Target, inputs: Inputs) -> Created:
    # Enabled is the provider's default; the API's is a key that cannot be used.
    response = target.client("apigateway").create_api_key(enabled=True, **rename(inputs, _KEY))
    return Created(
        response["id"],
        {
            "arn": target.gateway_arn(f"apikeys/{response['id']}"),
            "createdDate": response["createdDate"].isoformat(),
            "lastUpdatedDate": response["lastUpdatedDate"].isoformat(),
            "value": secret(response["value"]),
        },
    )


def _update_key(target: Target, key: Resource, inputs: Inputs) -> dict[str, Any]:
    """Change a key in place: another one would have another value."""
    names = same_names("name", "description")
    operations = patch(rename(key.inputs, names), rename(inputs, names))
    target.client("apigateway").update_api_key(apiKey=key.id, patchOperations=operations)
    retag(target, key, inputs)
    return key.outputs


def _plan(target: Target, inputs: Inputs) -> Created:
    plan = target.client("apigateway").create_usage_plan(**rename(inputs, _PLAN))["id"]
    return Created(plan, {"arn": target.gateway_arn(f"usageplans/{plan}")})


def _plan_key(target: Target, inputs: Inputs) -> Created:
    response = target.client("apigateway").create_usage_plan_key(**rename(inputs, _PLAN_KEY))
    return Created(response["id"], {"name": response["name"], "value": secret(response["value"])})


ADAPTERS = {
    "aws:apigateway/apiKey:ApiKey": Adapter(
        create=_key,
        update=_update_key,
        delete=deletes("apigateway", "delete_api_key", {"id": "apiKey"}),
        forwarded_inputs=frozenset(_KEY),
    ),
    "aws:apigateway/usagePlan:UsagePlan": Adapter(
        create=_plan,
        delete=deletes("apigateway", "delete_usage_plan", {"id": "usagePlanId"}),
        forwarded_inputs=frozenset(_PLAN),
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": Adapter(
        create=_plan_key,
        delete=deletes("apigateway", "delete_usage_plan_key", same_names("usagePlanId", "keyId")),
        forwarded_inputs=frozenset(_PLAN_KEY),
        name_input=None,
    ),
}
