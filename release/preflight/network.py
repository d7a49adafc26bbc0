"""The VPC: subnets, DNS, and the VPC endpoints that the stack creates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from release.preflight.finding import failed, ok, warning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.config.objects import Vpc
    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding

SUBNETS: Final = "subnets"
DNS: Final = "DNS of the VPC"
SERVICES: Final = "VPC endpoint services"
EXISTING: Final = "existing VPC endpoints"

ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_MIN_ZONES: Final = 2
_DNS_ATTRIBUTES: Final = {
    "enableDnsSupport": "EnableDnsSupport",
    "enableDnsHostnames": "EnableDnsHostnames",
}


def run(target: Target) -> Findings:
    """Check the VPC, and, where the stack creates VPC endpoints, that it can."""
    vpc = target.config.vpc
    if vpc is None:
        return
    ec2 = target.client("ec2")
    subnets = _subnets(ec2, vpc)
    finding = judge_subnets(vpc, subnets)
    yield finding
    if finding.state == "failed" or not vpc.endpoints:
        return
    enabled = {
        name: ec2.describe_vpc_attribute(VpcId=vpc.vpc_id, Attribute=name)[member]["Value"]
        for name, member in _DNS_ATTRIBUTES.items()
    }
    yield judge_dns(vpc.vpc_id, enabled)
    planned = target.stack.resources.of(ENDPOINT)
    names = sorted(each["serviceName"] for each in planned)
    services = ec2.describe_vpc_endpoint_services(
        Filters=[{"Name": "service-name", "Values": names}]
    )["ServiceDetails"]
    yield judge_services(
        {each["ServiceName"]: each["AvailabilityZones"] for each in services},
        names,
        zones={each["AvailabilityZone"] for each in subnets},
    )
    pages = ec2.get_paginator("describe_vpc_endpoints").paginate(
        Filters=[{"Name": "vpc-id", "Values": [vpc.vpc_id]}]
    )
    existing = [each for page in pages for each in page["VpcEndpoints"]]
    foreign = [each for each in existing if not target.owns(each.get("Tags", []))]
    yield judge_existing(foreign, names, vpc.endpoints.route_table_ids)


def _subnets(ec2: Any, vpc: Vpc) -> Sequence[Mapping[str, Any]]:
    """Return the configured subnets that exist."""
    try:
        response = ec2.describe_subnets(
            Filters=[{"Name": "subnet-id", "Values": list(vpc.subnet_ids)}]
        )
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("InvalidSubnetID"):
            return []
        raise
    subnets: Sequence[Mapping[str, Any]] = response["Subnets"]
    return subnets


def judge_subnets(vpc: Vpc, subnets: Sequence[Mapping[str, Any]]) -> Finding:
    """Judge whether all subnets exist, belong to the VPC, and are in two zones."""
    by_id = {each["SubnetId"]: each for each in subnets}
    if missing := [name for name in vpc.subnet_ids if name not in by_id]:
        step = "Correct vpc.subnetIds: aws ec2 describe-subnets"
        return failed(SUBNETS, f"this region of the account has no {', '.join(missing)}.", step)
    if foreign := [name for name, each in by_id.items() if each["VpcId"] != vpc.vpc_id]:
        step = "Correct vpc.vpcId or vpc.subnetIds."
        return failed(SUBNETS, f"{', '.join(foreign)} is not in {vpc.vpc_id}.", step)
    zones = sorted({each["AvailabilityZone"] for each in subnets})
    detail = f"{len(by_id)} in {vpc.vpc_id}, in {', '.join(zones)}."
    if len(zones) < _MIN_ZONES:
        return warning(SUBNETS, detail, "Add one of another zone, so that one zone may fail.")
    return ok(SUBNETS, detail)


def judge_dns(vpc_id: str, enabled: Mapping[str, bool]) -> Finding:
    """Judge the DNS attributes of the VPC, which private DNS names of endpoints need.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    missing = [name for name, value in enabled.items() if not value]
    if not missing:
        return ok(DNS, f"{vpc_id} resolves private names.")
    commands = " && ".join(
        f"aws ec2 modify-vpc-attribute --vpc-id {vpc_id} {option}"
        for name, option in (
            ("enableDnsSupport", "--enable-dns-support"),
            ("enableDnsHostnames", "--enable-dns-hostnames"),
        )
        if name in missing
    )
    return failed(DNS, f"{vpc_id} has {', '.join(missing)} off.", f"Run: {commands}")


def judge_services(
    offered: Mapping[str, Sequence[str]], names: Sequence[str], *, zones: set[str]
) -> Finding:
    """Judge whether the region has each endpoint service, in the zones of all subnets."""
    step = "Use subnets of other zones, or a NAT gateway instead of vpc.endpoints."
    if missing := [name for name in names if name not in offered]:
        return failed(SERVICES, f"this region has no {', '.join(missing)}.", step)
    lacking = {name: sorted(zones - {*offered[name]}) for name in names}
    if gaps := [f"{name} is not in {', '.join(gap)}" for name, gap in lacking.items() if gap]:
        return failed(SERVICES, f"{'; '.join(gaps)}.", step)
    return ok(SERVICES, f"the region has {', '.join(names)} in all zones of the subnets.")


def judge_existing(
    foreign: Sequence[Mapping[str, Any]], names: Sequence[str], route_tables: Sequence[str]
) -> Finding:
    """Judge the endpoints of others: two of one service cannot share DNS names or route tables.

    Args:
        foreign: The VPC's endpoints that are not the stack's.
        names: The services for which the stack creates one.
        route_tables: The route tables of the stack's gateway endpoint.
    """
    conflicts = [
        f"{each['VpcEndpointId']} ({each['ServiceName']})"
        for each in foreign
        if each["ServiceName"] in names
        and (each.get("PrivateDnsEnabled") or {*each.get("RouteTableIds", ())} & {*route_tables})
    ]
    if conflicts:
        detail = f"the VPC has {', '.join(conflicts)}."
        return failed(EXISTING, detail, "Remove vpc.endpoints, so that the functions use those.")
    return ok(EXISTING, "none that conflicts with those of the stack.")
