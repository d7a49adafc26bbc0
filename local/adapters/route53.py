"""DNS records, in zones that are there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs

if TYPE_CHECKING:
    from local.adapters.base import Target


def _record(target: Target, inputs: Inputs) -> Created:
    client, zone = target.client("route53"), inputs["zoneId"]
    name = _full_name(
        inputs.get("name", ""), client.get_hosted_zone(Id=zone)["HostedZone"]["Name"].rstrip(".")
    )
    action = "UPSERT" if inputs.get("allowOverwrite") else "CREATE"
    record = {"Name": name, "Type": inputs["type"], **_values(inputs)}
    client.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )
    return Created(f"{zone}_{name}_{inputs['type']}", {"name": name, "fqdn": name})


def _full_name(name: str, zone: str) -> str:
    """A record's whole name, which a program may give without the zone's."""
    name = name.rstrip(".").lower()
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}".lstrip(".")


def _values(inputs: Inputs) -> dict[str, Any]:
    if aliases := inputs.get("aliases"):
        alias = aliases[0]
        target = {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
        return {"AliasTarget": target}
    return {
        "TTL": inputs["ttl"],
        "ResourceRecords": [{"Value": value} for value in inputs["records"]],
    }


ADAPTERS = {
    "aws:route53/record:Record": Adapter(
        create=_record,
        passes=frozenset({"name", "type", "zoneId", "ttl", "records", "aliases", "allowOverwrite"}),
        named_by=None,
    )
}
