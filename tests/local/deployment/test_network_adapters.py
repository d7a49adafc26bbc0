"""Adapters of what surrounds an API: web ACLs, security groups, VPC endpoints, DNS records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from tests.local.support import sample

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator
    from tests.local.conftest import Run


def test_a_web_acl(emulator: Emulator, run: Run) -> None:
    """A web ACL has its rules, and is associated with the API."""
    api = "arn:aws:apigateway:us-east-1::/restapis/abc/stages/v1"
    visibility: aws.wafv2.WebAclVisibilityConfigArgsDict = {
        "cloudwatch_metrics_enabled": True,
        "metric_name": "acl",
        "sampled_requests_enabled": True,
    }

    def program() -> None:
        acl = aws.wafv2.WebAcl(
            "acl",
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config=visibility,
            rules=[
                {
                    "name": "rate",
                    "priority": 0,
                    "action": {"block": {}},
                    "statement": {
                        "rate_based_statement": {"limit": 100, "aggregate_key_type": "IP"}
                    },
                    "visibility_config": visibility,
                }
            ],
        )
        aws.wafv2.WebAclAssociation("acl", resource_arn=api, web_acl_arn=acl.arn)
        pulumi.export("acl", acl.arn)

    arn, waf = run(program)["acl"], emulator.client("wafv2")
    assert waf.get_web_acl_for_resource(ResourceArn=api)["WebACL"]["ARN"] == arn
    _, name, identifier = arn.rsplit("/", 2)
    acl = waf.get_web_acl(Name=name, Scope="REGIONAL", Id=identifier)["WebACL"]
    statement = acl["Rules"][0]["Statement"]["RateBasedStatement"]
    assert statement == {"Limit": 100, "AggregateKeyType": "IP"}


def test_security_groups_and_vpc_endpoints(emulator: Emulator, run: Run) -> None:
    """A security group allows the program's rules alone, and an endpoint is in its VPC."""

    def program() -> None:
        vpc = "vpc-00000001"
        endpoints = aws.ec2.SecurityGroup("endpoints", vpc_id=vpc, description="endpoints")
        group = aws.ec2.SecurityGroup(
            "function", vpc_id=vpc, description="orders", tags={"project": "sample"}
        )
        endpoint = aws.ec2.VpcEndpoint(
            "dynamodb",
            vpc_id=vpc,
            vpc_endpoint_type="Gateway",
            service_name="com.amazonaws.us-east-1.dynamodb",
            route_table_ids=["rtb-00000001"],
            policy=sample.allow(["dynamodb:PutItem"], "*"),
        )
        destinations: list[dict[str, Any]] = [
            {"referenced_security_group_id": endpoints.id},
            {"cidr_ipv4": "10.0.0.0/8"},
        ]
        for number, destination in enumerate(destinations):
            aws.vpc.SecurityGroupEgressRule(
                f"egress-{number}",
                security_group_id=group.id,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                description="HTTPS",
                **destination,
            )
        aws.vpc.SecurityGroupIngressRule(
            "ingress",
            security_group_id=endpoints.id,
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
        )
        pulumi.export("endpoints", endpoints.id)
        pulumi.export("group", group.id)
        pulumi.export("endpoint", endpoint.id)
        pulumi.export("prefixes", endpoint.prefix_list_id)

    outputs, ec2 = run(program), emulator.client("ec2")
    endpoints, group = (
        ec2.describe_security_groups(GroupIds=[outputs[name]])["SecurityGroups"][0]
        for name in ("endpoints", "group")
    )
    assert (group["Description"], group["Tags"]) == (
        "orders",
        [{"Key": "project", "Value": "sample"}],
    )
    egress = group["IpPermissionsEgress"]
    assert [pair["GroupId"] for rule in egress for pair in rule["UserIdGroupPairs"]] == [
        outputs["endpoints"]
    ]
    assert [block["CidrIp"] for rule in egress for block in rule["IpRanges"]] == ["10.0.0.0/8"]
    assert endpoints["IpPermissionsEgress"] == []
    assert endpoints["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == outputs["group"]
    endpoint = ec2.describe_vpc_endpoints(VpcEndpointIds=[outputs["endpoint"]])["VpcEndpoints"][0]
    assert endpoint["RouteTableIds"] == ["rtb-00000001"]
    prefixes = ec2.describe_prefix_lists(PrefixListIds=[outputs["prefixes"]])["PrefixLists"]
    assert [item["PrefixListName"] for item in prefixes] == ["com.amazonaws.us-east-1.dynamodb"]


def test_alias_records(emulator: Emulator, run: Run) -> None:
    """An alias record is in its hosted zone."""
    route53 = emulator.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"][
        "Id"
    ].rpartition("/")[2]

    def program() -> None:
        alias: aws.route53.RecordAliasArgsDict = {
            "name": "d-abc.execute-api.us-east-1.amazonaws.com",
            "zone_id": "Z1",
            "evaluate_target_health": False,
        }
        name = "api.example.com"
        record = aws.route53.Record("api", zone_id=zone, name=name, type="A", aliases=[alias])
        pulumi.export("fqdn", record.fqdn)

    assert run(program) == {"fqdn": "api.example.com"}
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (record,) = [record for record in records if record["Type"] == "A"]
    assert record["AliasTarget"]["HostedZoneId"] == "Z1"


def test_failover_records_and_their_health_check(emulator: Emulator, run: Run) -> None:
    """Two records of one name have their roles, and the primary the health check of an alarm."""
    route53 = emulator.client("route53")
    zone = route53.create_hosted_zone(Name="example.net", CallerReference="two")["HostedZone"][
        "Id"
    ].rpartition("/")[2]

    def program() -> None:
        check = aws.route53.HealthCheck(
            "check",
            type="CLOUDWATCH_METRIC",
            cloudwatch_alarm_name="failover",
            cloudwatch_alarm_region="us-east-1",
            insufficient_data_health_status="LastKnownStatus",
            tags={"project": "sample"},
        )
        for role, health_check in (("primary", check.id), ("secondary", None)):
            aws.route53.Record(
                role,
                zone_id=zone,
                name="api.example.net",
                type="A",
                aliases=[{"name": role, "zone_id": "Z1", "evaluate_target_health": False}],
                set_identifier=role,
                failover_routing_policies=[{"type": role.upper()}],
                health_check_id=health_check,
            )
        pulumi.export("check", check.id)

    check = run(program)["check"]
    config = route53.get_health_check(HealthCheckId=check)["HealthCheck"]["HealthCheckConfig"]
    assert (config["Type"], config["AlarmIdentifier"]["Name"]) == ("CLOUDWATCH_METRIC", "failover")
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    roles = {
        record["Failover"]: record.get("HealthCheckId")
        for record in records
        if "Failover" in record
    }
    assert roles == {"PRIMARY": check, "SECONDARY": None}
