"""What surrounds an API is in the emulator, with what it was given: web ACLs, security groups, endpoints, names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pytest

from tests.local.support import sample
from tooling.errors import UserError

if TYPE_CHECKING:
    from local.emulator import Emulator
    from tests.local.conftest import Run


def test_a_web_acl(emulator: Emulator, run: Run) -> None:
    """Its rules are kept in the API's own words, and it knows what it protects."""
    api = "arn:aws:apigateway:us-east-1::/restapis/abc/stages/v1"

    def program() -> None:
        acl = aws.wafv2.WebAcl(
            "acl",
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config={
                "cloudwatch_metrics_enabled": True,
                "metric_name": "acl",
                "sampled_requests_enabled": True,
            },
            custom_response_bodies=[
                {"key": "slow", "content": "{}", "content_type": "APPLICATION_JSON"}
            ],
            rules=[
                {
                    "name": "rate",
                    "priority": 0,
                    "action": {"block": {}},
                    "statement": {
                        "rate_based_statement": {
                            "limit": 100,
                            "aggregate_key_type": "FORWARDED_IP",
                            "forwarded_ip_config": {
                                "header_name": "X-Forwarded-For",
                                "fallback_behavior": "MATCH",
                            },
                        }
                    },
                    "visibility_config": {
                        "cloudwatch_metrics_enabled": False,
                        "metric_name": "rate",
                        "sampled_requests_enabled": False,
                    },
                }
            ],
        )
        aws.wafv2.WebAclAssociation("acl", resource_arn=api, web_acl_arn=acl.arn)
        pulumi.export("acl", acl.arn)

    arn, waf = run(program)["acl"], emulator.client("wafv2")
    assert waf.get_web_acl_for_resource(ResourceArn=api)["WebACL"]["ARN"] == arn
    _, name, identifier = arn.rsplit("/", 2)
    acl = waf.get_web_acl(Name=name, Scope="REGIONAL", Id=identifier)["WebACL"]
    limit = acl["Rules"][0]["Statement"]["RateBasedStatement"]
    assert limit["ForwardedIPConfig"] == {
        "HeaderName": "X-Forwarded-For",
        "FallbackBehavior": "MATCH",
    }


def test_a_web_acl_with_rules_as_json(emulator: Emulator, run: Run) -> None:
    """Rules that are written as the API wants them arrive as they are."""
    visibility = {
        "SampledRequestsEnabled": True,
        "CloudWatchMetricsEnabled": True,
        "MetricName": "m",
    }
    managed = {
        "ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}
    }
    rule = {"Name": "r", "Priority": 1, "Statement": managed, "OverrideAction": {"None": {}}}

    def program() -> None:
        acl = aws.wafv2.WebAcl(
            "json",
            name="json",
            scope="REGIONAL",
            default_action={"block": {}},
            visibility_config={
                "cloudwatch_metrics_enabled": True,
                "metric_name": "acl",
                "sampled_requests_enabled": True,
            },
            rule_json=json.dumps([{**rule, "VisibilityConfig": visibility}]),
        )
        pulumi.export("id", acl.id)

    identifier = run(program)["id"]
    acl = emulator.client("wafv2").get_web_acl(Name="json", Scope="REGIONAL", Id=identifier)[
        "WebACL"
    ]
    assert acl["Rules"][0]["Statement"] == managed


def test_security_groups_and_endpoints(emulator: Emulator, run: Run) -> None:
    """A group allows what the program says and nothing else; an endpoint is in its VPC."""

    def program() -> None:
        vpc = "vpc-00000001"
        inline = aws.ec2.SecurityGroup(
            "inline",
            vpc_id=vpc,
            egress=[
                {
                    "protocol": "tcp",
                    "from_port": 443,
                    "to_port": 443,
                    "cidr_blocks": ["10.0.0.0/8", "11.0.0.0/8"],
                }
            ],
            ingress=[{"protocol": "tcp", "from_port": 80, "to_port": 80, "self": True}],
        )
        group = aws.ec2.SecurityGroup(
            "function", vpc_id=vpc, description="orders", tags={"project": "sample"}
        )
        endpoint = aws.ec2.VpcEndpoint(
            "dynamodb",
            vpc_id=vpc,
            service_name="com.amazonaws.us-east-1.dynamodb",
            route_table_ids=["rtb-00000001"],
            policy=sample.allow(["dynamodb:PutItem"], "*"),
        )
        aws.vpc.SecurityGroupEgressRule(
            "to-endpoint",
            security_group_id=group.id,
            referenced_security_group_id=inline.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="HTTPS",
        )
        aws.vpc.SecurityGroupIngressRule(
            "from", security_group_id=group.id, cidr_ipv4="10.0.0.0/8", ip_protocol="-1"
        )
        pulumi.export("inline", inline.id)
        pulumi.export("group", group.id)
        pulumi.export("endpoint", endpoint.id)
        pulumi.export("prefixes", endpoint.prefix_list_id)

    outputs, ec2 = run(program), emulator.client("ec2")
    inline, group = (
        ec2.describe_security_groups(GroupIds=[outputs[name]])["SecurityGroups"][0]
        for name in ("inline", "group")
    )
    assert [
        end["CidrIp"] for rule in inline["IpPermissionsEgress"] for end in rule["IpRanges"]
    ] == [
        "10.0.0.0/8",
        "11.0.0.0/8",
    ]
    assert inline["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == outputs["inline"]
    assert [rule["UserIdGroupPairs"][0]["GroupId"] for rule in group["IpPermissionsEgress"]] == [
        outputs["inline"]
    ]
    assert (group["Description"], group["Tags"]) == (
        "orders",
        [{"Key": "project", "Value": "sample"}],
    )
    assert group["IpPermissions"][0]["IpRanges"][0]["CidrIp"] == "10.0.0.0/8"
    endpoint = ec2.describe_vpc_endpoints(VpcEndpointIds=[outputs["endpoint"]])["VpcEndpoints"][0]
    assert endpoint["RouteTableIds"] == ["rtb-00000001"]
    prefixes = ec2.describe_prefix_lists(PrefixListIds=[outputs["prefixes"]])["PrefixLists"]
    assert [item["PrefixListName"] for item in prefixes] == ["com.amazonaws.us-east-1.dynamodb"]


def test_records(emulator: Emulator, run: Run) -> None:
    """A record is in its zone under its full name, however much of it the program gave."""
    route53 = emulator.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"][
        "Id"
    ].rpartition("/")[2]

    def program() -> None:
        aws.route53.Record(
            "text", zone_id=zone, name="example.com", type="TXT", ttl=60, records=['"v=spf1 -all"']
        )
        alias: aws.route53.RecordAliasArgsDict = {
            "name": "d-abc.execute-api.us-east-1.amazonaws.com",
            "zone_id": "Z1",
            "evaluate_target_health": False,
        }
        api = aws.route53.Record("api", zone_id=zone, name="api", type="A", aliases=[alias])
        pulumi.export("fqdn", api.fqdn)

    assert run(program) == {"fqdn": "api.example.com"}
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    found = {(record["Name"], record["Type"]): record for record in records}
    assert found["api.example.com.", "A"]["AliasTarget"]["HostedZoneId"] == "Z1"
    assert found["example.com.", "TXT"]["ResourceRecords"] == [{"Value": '"v=spf1 -all"'}]
    with pytest.raises(UserError, match=r"Record '(text|api)': .*already exists"):
        run(program)
