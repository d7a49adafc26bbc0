"""Route 53 alias records in existing hosted zones, and health checks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    deletes,
    tag_list,
    written_again,
)

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource


def _record(target: Target, inputs: Inputs) -> Created:
    zone, name, kind = inputs["zoneId"], inputs["name"], inputs["type"]
    _change(target, "UPSERT", inputs)
    return Created(f"{zone}_{name}_{kind}", {"fqdn": name})


def _delete(target: Target, record: Resource) -> None:
    _change(target, "DELETE", record.inputs)


def _change(target: Target, action: str, inputs: Inputs) -> None:
    (alias,) = inputs["aliases"]
    record = {
        "HostedZoneId": alias["zoneId"],
        "DNSName": alias["name"],
        "EvaluateTargetHealth": alias["evaluateTargetHealth"],
    }
    record_set = {
        "Name": inputs["name"],
        "Type": inputs["type"],
        "AliasTarget": record,
        **_routing(inputs),
    }
    changes = [{"Action": action, "ResourceRecordSet": record_set}]
    target.client("route53").change_resource_record_sets(
        HostedZoneId=inputs["zoneId"], ChangeBatch={"Changes": changes}
    )


def _routing(inputs: Inputs) -> dict[str, Any]:
    if "failoverRoutingPolicies" not in inputs:
        return {}
    (policy,) = inputs["failoverRoutingPolicies"]
    check = {"HealthCheckId": inputs["healthCheckId"]} if "healthCheckId" in inputs else {}
    return {"SetIdentifier": inputs["setIdentifier"], "Failover": policy["type"], **check}


def _health_check(target: Target, inputs: Inputs) -> Created:
    alarm = {"Region": inputs["cloudwatchAlarmRegion"], "Name": inputs["cloudwatchAlarmName"]}
    route53 = target.client("route53")
    response = route53.create_health_check(
        CallerReference=str(uuid.uuid4()),
        HealthCheckConfig={
            "Type": inputs["type"],
            "AlarmIdentifier": alarm,
            "InsufficientDataHealthStatus": inputs["insufficientDataHealthStatus"],
        },
    )
    check = response["HealthCheck"]["Id"]
    route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=check, AddTags=tag_list(inputs)
    )
    return Created(check, {})


ADAPTERS = {
    "aws:route53/healthCheck:HealthCheck": Adapter(
        create=_health_check,
        delete=deletes("route53", "delete_health_check", {"id": "HealthCheckId"}),
        forwarded_inputs=frozenset(
            {
                "type",
                "cloudwatchAlarmRegion",
                "cloudwatchAlarmName",
                "insufficientDataHealthStatus",
                "tags",
            }
        ),
        name_input=None,
    ),
    "aws:route53/record:Record": Adapter(
        create=_record,
        **written_again(_record),
        delete=_delete,
        fixed_inputs=frozenset({"name", "type", "zoneId", "setIdentifier"}),
        forwarded_inputs=frozenset(
            {
                *("name", "type", "zoneId", "aliases"),
                *("setIdentifier", "failoverRoutingPolicies", "healthCheckId"),
            }
        ),
        name_input=None,
    ),
}
