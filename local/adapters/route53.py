"""Route 53 alias records in existing hosted zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs

if TYPE_CHECKING:
    from local.adapters.base import Target


def _record(target: Target, inputs: Inputs) -> Created:
    zone, name, kind = inputs["zoneId"], inputs["name"], inputs["type"]
    (alias,) = inputs["aliases"]
    record = {
        "HostedZoneId": alias["zoneId"],
        "DNSName": alias["name"],
        "EvaluateTargetHealth": alias["evaluateTargetHealth"],
    }
    record_set = {"Name": name, "Type": kind, "AliasTarget": record}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record_set}]
    target.client("route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": changes}
    )
    return Created(f"{zone}_{name}_{kind}", {"fqdn": name})


ADAPTERS = {
    "aws:route53/record:Record": Adapter(
        create=_record,
        forwarded_inputs=frozenset({"name", "type", "zoneId", "aliases"}),
        name_input=None,
    )
}
