"""Route 53 alias records in existing hosted zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployment.adapters.base import Adapter, Created, Inputs, written_again

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
    record_set = {"Name": inputs["name"], "Type": inputs["type"], "AliasTarget": record}
    changes = [{"Action": action, "ResourceRecordSet": record_set}]
    target.client("route53").change_resource_record_sets(
        HostedZoneId=inputs["zoneId"], ChangeBatch={"Changes": changes}
    )


ADAPTERS = {
    "aws:route53/record:Record": Adapter(
        create=_record,
        **written_again(_record),
        delete=_delete,
        fixed_inputs=frozenset({"name", "type", "zoneId"}),
        forwarded_inputs=frozenset({"name", "type", "zoneId", "aliases"}),
        name_input=None,
    )
}
