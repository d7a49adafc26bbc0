"""Custom domain names of HTTP and REST APIs, with and without a hosted zone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pulumi_aws as aws
import pytest

from tests.infra.support.features import CERTIFICATE, DOMAIN, HEALTH_CHECK, full
from tests.infra.support.gateways import Variant, gateway_graph
from tests.infra.support.graph import is_unknown, leaves, token

if TYPE_CHECKING:
    import pulumi

    from tests.infra.support.graph import Graph, Resource


class _Kind(NamedTuple):
    """The classes of a kind of gateway, and the paths of the domain's properties."""

    api: type[pulumi.Resource]
    domain: type[pulumi.Resource]
    mapping: type[pulumi.Resource]
    settings: dict[str, str]


_KINDS = {
    "http": _Kind(
        api=aws.apigatewayv2.Api,
        domain=aws.apigatewayv2.DomainName,
        mapping=aws.apigatewayv2.ApiMapping,
        settings={
            "certificate": "domainNameConfiguration.certificateArn",
            "type": "domainNameConfiguration.endpointType",
            "tls": "domainNameConfiguration.securityPolicy",
            "addresses": "domainNameConfiguration.ipAddressType",
            "target": "domainNameConfiguration.targetDomainName",
            "zone": "domainNameConfiguration.hostedZoneId",
        },
    ),
    "rest": _Kind(
        api=aws.apigateway.RestApi,
        domain=aws.apigateway.DomainName,
        mapping=aws.apigateway.BasePathMapping,
        settings={
            "certificate": "regionalCertificateArn",
            "type": "endpointConfiguration.types",
            "tls": "securityPolicy",
            "addresses": "endpointConfiguration.ipAddressType",
            "target": "regionalDomainName",
            "zone": "regionalZoneId",
        },
    ),
}


@pytest.fixture(params=_KINDS)
def gateway(request: pytest.FixtureRequest) -> str:
    """Each kind of gateway."""
    kind: str = request.param
    return kind


def _with_domain(gateway: str, *, preview: bool = False, **domain: str | None) -> Graph:
    """A graph with a custom domain, without the keys that are None."""
    config = {key: value for key, value in {**DOMAIN, **domain}.items() if value is not None}
    return gateway_graph(Variant(gateway, "none"), preview=preview, domain=json.dumps(config))


def _domain(graph: Graph, gateway: str) -> Resource:
    (domain,) = graph.all(_KINDS[gateway].domain)
    return domain


def test_the_domain_has_tls_1_2_and_ipv6(gateway: str) -> None:
    """The domain is regional, with its certificate, TLS 1.2, and IPv4 and IPv6 addresses."""
    domain = _domain(_with_domain(gateway), gateway)
    assert domain["domainName"] == DOMAIN["name"]
    inputs = dict(leaves(domain.inputs))
    settings = _KINDS[gateway].settings
    assert inputs[settings["certificate"]] == CERTIFICATE
    assert inputs[settings["type"]] == "REGIONAL"
    assert inputs[settings["tls"]] == "TLS_1_2"
    assert inputs[settings["addresses"]] == "dualstack"


def test_the_domain_maps_to_the_stage(gateway: str) -> None:
    """The mapping has no base path, and depends on the domain."""
    graph = _with_domain(gateway)
    (mapping,) = graph.all(_KINDS[gateway].mapping)
    (api,) = graph.all(_KINDS[gateway].api)
    assert mapping["domainName"] == DOMAIN["name"]
    assert {
        "restApi": api.outputs["id"],
        "apiId": api.outputs["id"],
    }.items() & mapping.inputs.items()
    assert {
        "stageName": graph.stackfile.stack,
        "stage": "$default",
    }.items() & mapping.inputs.items()
    assert not {"basePath", "apiMappingKey"} & mapping.inputs.keys()
    assert _domain(graph, gateway).urn in mapping.depends_on


def test_the_default_endpoint_is_disabled(gateway: str) -> None:
    """The API has no endpoint besides the domain."""
    (api,) = _with_domain(gateway).all(_KINDS[gateway].api)
    assert api["disableExecuteApiEndpoint"] is True


def test_outputs_hold_the_domain(gateway: str) -> None:
    """The URLs are those of the domain, without a stage; `domainTarget` is for the DNS record."""
    graph = _with_domain(gateway)
    assert graph.outputs["apiEndpoint"] == "https://api.shop-orders.net"
    assert graph.outputs["ordersUrl"] == "https://api.shop-orders.net/orders"
    target = dict(leaves(_domain(graph, gateway).outputs))[_KINDS[gateway].settings["target"]]
    assert graph.outputs["domainTarget"] == target


def test_outputs_of_a_whole_stack_hold_the_domain() -> None:
    """`__main__.py` exports the outputs of the gateway."""
    graph = full("direct")
    assert graph.outputs["ordersUrl"] == "https://api.shop-orders.net/orders"
    target = dict(leaves(_domain(graph, "http").outputs))[_KINDS["http"].settings["target"]]
    assert graph.outputs["domainTarget"] == target


def test_alias_records_point_at_the_domain(gateway: str) -> None:
    """A and AAAA records are aliases of the domain, and depend on the mapping."""
    graph = _with_domain(gateway)
    computed = dict(leaves(_domain(graph, gateway).outputs))
    settings = _KINDS[gateway].settings
    (mapping,) = graph.all(_KINDS[gateway].mapping)
    records = graph.all(aws.route53.Record)
    assert sorted(record["type"] for record in records) == ["A", "AAAA"]
    for record in records:
        assert (record["name"], record["zoneId"]) == (DOMAIN["name"], DOMAIN["hostedZoneId"]), (
            record
        )
        (alias,) = record["aliases"]
        assert (alias["name"], alias["zoneId"]) == (
            computed[settings["target"]],
            computed[settings["zone"]],
        ), record
        assert alias["evaluateTargetHealth"] is False, record
        assert mapping.urn in record.depends_on, record


def test_without_a_hosted_zone_there_are_no_records(gateway: str) -> None:
    """Without a hosted zone, the output `domainTarget` says where the name has to point."""
    graph = _with_domain(gateway, hostedZoneId=None)
    assert token(aws.route53.Record) not in {resource.type for resource in graph.resources}
    assert graph.outputs["domainTarget"]


def _failover(gateway: str, **failover: str) -> Graph:
    config = {**DOMAIN, "failover": failover}
    return gateway_graph(Variant(gateway, "none"), domain=json.dumps(config))


def test_without_failover_a_record_is_simple(gateway: str) -> None:
    """Records of a name that leads to one region have no routing policy and no identifier."""
    graph = _with_domain(gateway)
    for record in graph.all(aws.route53.Record):
        assert not {"setIdentifier", "failoverRoutingPolicies", "healthCheckId"} & {*record.inputs}
    assert "failoverHealthCheckId" not in graph.outputs


def test_the_primary_serves_the_name_while_it_is_healthy(gateway: str) -> None:
    """The primary's records have the standby's health check, and no resource depends on it."""
    graph = _failover(gateway, role="primary", healthCheckId=HEALTH_CHECK)
    records = graph.all(aws.route53.Record)
    assert sorted(record["type"] for record in records) == ["A", "AAAA"]
    for record in records:
        assert record["failoverRoutingPolicies"] == [{"type": "PRIMARY"}]
        assert (record["setIdentifier"], record["healthCheckId"]) == ("primary", HEALTH_CHECK)
    types = {resource.type for resource in graph.resources}
    assert not types & {token(aws.route53.HealthCheck), token(aws.cloudwatch.MetricAlarm)}


def test_the_standby_has_the_health_check(gateway: str) -> None:
    """The standby's records are always healthy; its health check follows an alarm of its region."""
    graph = _failover(gateway, role="secondary")
    for record in graph.all(aws.route53.Record):
        assert record["failoverRoutingPolicies"] == [{"type": "SECONDARY"}]
        assert record["setIdentifier"] == "secondary"
        assert "healthCheckId" not in record.inputs
    (check,) = graph.all(aws.route53.HealthCheck)
    (alarm,) = graph.all(aws.cloudwatch.MetricAlarm)
    assert graph.outputs["failoverHealthCheckId"] == check.outputs["id"]
    assert check["type"] == "CLOUDWATCH_METRIC"
    assert check["cloudwatchAlarmName"] == alarm["name"]
    assert check["cloudwatchAlarmRegion"] == graph.stackfile.config["aws:region"]


def test_a_standby_is_prepared_without_records(gateway: str) -> None:
    """Without a hosted zone the standby has its health check, and no records."""
    config = {**DOMAIN, "hostedZoneId": None, "failover": {"role": "secondary"}}
    domain = json.dumps({key: value for key, value in config.items() if value is not None})
    graph = gateway_graph(Variant(gateway, "none"), domain=domain)
    types = {resource.type for resource in graph.resources}
    assert token(aws.route53.Record) not in types
    assert token(aws.route53.HealthCheck) in types


def test_one_datapoint_decides_until_the_next(gateway: str) -> None:
    """A 1 is unhealthy, a 0 healthy, and without data the last status stays."""
    graph = _failover(gateway, role="secondary")
    (check,) = graph.all(aws.route53.HealthCheck)
    (alarm,) = graph.all(aws.cloudwatch.MetricAlarm)
    assert check["insufficientDataHealthStatus"] == "LastKnownStatus"
    assert alarm["treatMissingData"] == "missing"
    assert (alarm["comparisonOperator"], alarm["threshold"]) == (
        "GreaterThanOrEqualToThreshold",
        1,
    )
    # Route 53 supports neither metric math nor percentiles nor M of N.
    assert (alarm["statistic"], alarm["evaluationPeriods"]) == ("Maximum", 1)
    assert not {"metricQueries", "extendedStatistic", "datapointsToAlarm"} & {*alarm.inputs}
    assert alarm["dimensions"] == {"environment": graph.stackfile.stack}


def test_records_are_replaced_when_failover_begins(gateway: str) -> None:
    """A simple record is deleted before a failover record of the same name is created."""
    for graph in (_with_domain(gateway), _failover(gateway, role="secondary")):
        assert all(record.deletes_first for record in graph.all(aws.route53.Record))


def test_a_preview_shows_the_same(gateway: str) -> None:
    """A preview registers the same resources; the records' targets are unknown, not missing."""
    before, after = _with_domain(gateway, preview=True), _with_domain(gateway)
    assert [(r.urn, r.depends_on, sorted(r.inputs)) for r in before.resources] == [
        (r.urn, r.depends_on, sorted(r.inputs)) for r in after.resources
    ]
    for record in before.all(aws.route53.Record):
        (alias,) = record["aliases"]
        assert is_unknown(alias["name"]), record
        assert is_unknown(alias["zoneId"]), record


def test_without_a_domain_the_default_endpoint_is_enabled(graph: Graph) -> None:
    """A stack without a domain enables the `execute-api` endpoint, also after it had one."""
    types = {resource.type for resource in graph.resources}
    domain_types = {token(kind) for each in _KINDS.values() for kind in (each.domain, each.mapping)}
    assert not types & {*domain_types, token(aws.route53.Record)}
    apis = [
        each
        for each in graph.resources
        if each.type in {token(kind.api) for kind in _KINDS.values()}
    ]
    assert [api.inputs.get("disableExecuteApiEndpoint") for api in apis] == [False]
    assert ".execute-api." in graph.outputs["apiEndpoint"]
    assert "domainTarget" not in graph.outputs
