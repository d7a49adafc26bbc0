"""REST APIs: who may call, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, renamed, same, secret

if TYPE_CHECKING:
    from local.adapters.base import Target

_KEY = same("name", "customerId", "description", "enabled", "tags", "value")
_PLAN = {
    "throttleSettings": "throttle",
    "quotaSettings": "quota",
    **same("name", "description", "tags"),
}
_PLAN_KEY = same("usagePlanId", "keyId", "keyType")
_AUTHORIZER = {
    "restApi": "restApiId",
    "providerArns": "providerARNs",
    **same(
        "name", "type", "authorizerUri", "authorizerCredentials", "authorizerResultTtlInSeconds"
    ),
    **same("identitySource", "identityValidationExpression"),
}


def _key(target: Target, inputs: Inputs) -> Created:
    # The provider's default; the API's own is a key that nobody can use.
    answer = target.client("apigateway").create_api_key(
        **{"enabled": True, **renamed(inputs, _KEY)}
    )
    return Created(
        answer["id"],
        {
            "arn": f"arn:aws:apigateway:{target.region}::/apikeys/{answer['id']}",
            "createdDate": answer["createdDate"].isoformat(),
            "lastUpdatedDate": answer["lastUpdatedDate"].isoformat(),
            "value": secret(answer["value"]),
        },
    )


def _plan(target: Target, inputs: Inputs) -> Created:
    stages = [_plan_stage(stage) for stage in inputs.get("apiStages") or []]
    answer = target.client("apigateway").create_usage_plan(
        apiStages=stages, **renamed(inputs, _PLAN)
    )
    return Created(
        answer["id"], {"arn": f"arn:aws:apigateway:{target.region}::/usageplans/{answer['id']}"}
    )


def _plan_stage(stage: dict[str, Any]) -> dict[str, Any]:
    limits = {
        block["path"]: renamed(block, same("burstLimit", "rateLimit"))
        for block in stage.get("throttles") or []
    }
    return {
        "apiId": stage["apiId"],
        "stage": stage["stage"],
        **({"throttle": limits} if limits else {}),
    }


def _plan_key(target: Target, inputs: Inputs) -> Created:
    answer = target.client("apigateway").create_usage_plan_key(**renamed(inputs, _PLAN_KEY))
    return Created(answer["id"], {"name": answer["name"], "value": secret(answer["value"])})


def _authorizer(target: Target, inputs: Inputs) -> Created:
    answer = target.client("apigateway").create_authorizer(
        **{"type": "TOKEN", **renamed(inputs, _AUTHORIZER)}
    )
    api, identifier = inputs["restApi"], answer["id"]
    return Created(
        identifier,
        {"arn": f"arn:aws:apigateway:{target.region}::/restapis/{api}/authorizers/{identifier}"},
    )


ADAPTERS = {
    "aws:apigateway/apiKey:ApiKey": Adapter(create=_key, passes=frozenset(_KEY)),
    "aws:apigateway/usagePlan:UsagePlan": Adapter(
        create=_plan,
        passes=frozenset(_PLAN) | {"apiStages"},
        no_meaning_locally={"productCode": "It is for selling on the AWS Marketplace."},
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": Adapter(
        create=_plan_key, passes=frozenset(_PLAN_KEY), named_by=None
    ),
    "aws:apigateway/authorizer:Authorizer": Adapter(
        create=_authorizer, passes=frozenset(_AUTHORIZER)
    ),
}
