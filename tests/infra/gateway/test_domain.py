"""A host name of the stack's own: for either kind of gateway, with or without a zone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pulumi_aws as aws
import pytest

from tests.infra.support.features import CERTIFICATE, DOMAIN, full
from tests.infra.support.gateways import Front, front_door
from tests.infra.support.graph import is_unknown, leaves, token

if TYPE_CHECKING:
    import pulumi

    from tests.infra.support.graph import Graph, Resource


class _Kind(NamedTuple):
    """What a kind of gateway has for a host name, and where that keeps its properties."""

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
    """Each kind of gateway in turn."""
    kind: str = request.param
    return kind


def _under_domain(gateway: str, *, preview: bool = False, **domain: str | None) -> Graph:
    """A front door with a host name of its own, parts of which may be left out."""
    given = {key: value for key, value in {**DOMAIN, **domain}.items() if value is not None}
    return front_door(Front(gateway, "none"), preview=preview, domain=json.dumps(given))


def _domain(graph: Graph, gateway: str) -> Resource:
    (domain,) = graph.all(_KINDS[gateway].domain)
    return domain


def test_the_domain_speaks_modern_tls_to_everybody(gateway: str) -> None:
    """The host name has its certificate, TLS 1.2 at least, an endpoint in the region, and IPv4 and IPv6 addresses."""
    domain = _domain(_under_domain(gateway), gateway)
    assert domain["domainName"] == DOMAIN["name"]
    given = dict(leaves(domain.inputs))
    settings = _KINDS[gateway].settings
    assert given[settings["certificate"]] == CERTIFICATE
    assert given[settings["type"]] == "REGIONAL"
    assert given[settings["tls"]] == "TLS_1_2"
    assert given[settings["addresses"]] == "dualstack"


def test_the_domain_leads_to_the_stage(gateway: str) -> None:
    """The whole host name leads to the API's one stage, once the name is there."""
    graph = _under_domain(gateway)
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


def test_the_domain_is_the_only_way_in(gateway: str) -> None:
    """The address that AWS makes up for the API is closed."""
    (api,) = _under_domain(gateway).all(_KINDS[gateway].api)
    assert api["disableExecuteApiEndpoint"] is True


def test_the_outputs_speak_of_the_domain(gateway: str) -> None:
    """Clients are told the host name, without a stage in its path; whoever keeps the zone is told where it points."""
    graph = _under_domain(gateway)
    assert graph.outputs["apiEndpoint"] == "https://api.shop-orders.net"
    assert graph.outputs["ordersUrl"] == "https://api.shop-orders.net/orders"
    target = dict(leaves(_domain(graph, gateway).outputs))[_KINDS[gateway].settings["target"]]
    assert graph.outputs["domainTarget"] == target


def test_the_stack_has_the_outputs_of_its_domain() -> None:
    """The outputs of the whole stack are those of its front door."""
    graph = full("direct")
    assert graph.outputs["ordersUrl"] == "https://api.shop-orders.net/orders"
    target = dict(leaves(_domain(graph, "http").outputs))[_KINDS["http"].settings["target"]]
    assert graph.outputs["domainTarget"] == target


def test_the_zone_points_at_the_domain(gateway: str) -> None:
    """In the zone, the name is an alias of the domain for IPv4 and IPv6, as soon as it leads somewhere."""
    graph = _under_domain(gateway)
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


def test_without_a_zone_nothing_points_at_it(gateway: str) -> None:
    """A stack that names no zone makes no records, and tells where the name has to point."""
    graph = _under_domain(gateway, hostedZoneId=None)
    assert token(aws.route53.Record) not in {resource.type for resource in graph.resources}
    assert graph.outputs["domainTarget"]


def test_a_preview_shows_the_same(gateway: str) -> None:
    """A preview registers what an update does; where the records will point is not known yet, but not missing."""
    before, after = _under_domain(gateway, preview=True), _under_domain(gateway)
    assert [(r.urn, r.depends_on, sorted(r.inputs)) for r in before.resources] == [
        (r.urn, r.depends_on, sorted(r.inputs)) for r in after.resources
    ]
    for record in before.all(aws.route53.Record):
        (alias,) = record["aliases"]
        assert is_unknown(alias["name"]), record
        assert is_unknown(alias["zoneId"]), record


def test_without_a_domain_aws_has_made_up_the_address(graph: Graph) -> None:
    """A stack that names no host name is found where AWS puts it, which it opens again, and makes none of this."""
    types = {resource.type for resource in graph.resources}
    made = {token(kind) for each in _KINDS.values() for kind in (each.domain, each.mapping)}
    assert not types & {*made, token(aws.route53.Record)}
    apis = [
        each
        for each in graph.resources
        if each.type in {token(kind.api) for kind in _KINDS.values()}
    ]
    assert [api.inputs.get("disableExecuteApiEndpoint") for api in apis] == [False]
    assert ".execute-api." in graph.outputs["apiEndpoint"]
    assert "domainTarget" not in graph.outputs
