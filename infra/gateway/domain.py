"""Custom domain names for HTTP and REST APIs, with their Route 53 records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.gateway.failover import Failover

# The oldest version that API Gateway recommends.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
_TLS: Final = "TLS_1_2"

# IPv4 and IPv6; with `ipv4` alone, the AAAA record would have no address.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html
_IP_ADDRESSES: Final = "dualstack"


@dataclass(frozen=True, kw_only=True)
class CustomDomain:
    """A host name and its certificate. The API's `execute-api` endpoint is disabled.

    Without a hosted zone, the owner of the DNS zone points the name at the output `domainTarget`.
    """

    name: str
    certificate_arn: str
    hosted_zone_id: str | None
    failover: Failover | None = None
    """For a name that leads to two regions; it needs the hosted zone."""

    @property
    def endpoint(self) -> pulumi.Output[str]:
        """The URL before the routes' paths; the stage's name is no part of it."""
        return pulumi.Output.from_input(f"https://{self.name}")


def http_domain(
    name: str,
    domain: CustomDomain,
    api: aws.apigatewayv2.Api,
    stage: aws.apigatewayv2.Stage,
    parent: pulumi.Resource,
) -> Mapping[str, pulumi.Output[str]]:
    """Map the domain to the stage of an HTTP API, and return the stack outputs."""
    custom = aws.apigatewayv2.DomainName(
        f"{name}-domain",
        domain_name=domain.name,
        domain_name_configuration={
            "certificate_arn": domain.certificate_arn,
            "endpoint_type": "REGIONAL",
            "security_policy": _TLS,
            "ip_address_type": _IP_ADDRESSES,
        },
        opts=pulumi.ResourceOptions(parent=parent),
    )
    mapping = aws.apigatewayv2.ApiMapping(
        f"{name}-domain-mapping",
        api_id=api.id,
        domain_name=custom.domain_name,
        stage=stage.name,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[custom]),
    )
    # Behind the ID, which a preview does not know. A preview has this block's inputs, but not the
    # values that AWS adds to it, which would seem to be missing.
    block = custom.domain_name_configuration
    target: pulumi.Output[str] = custom.id.apply(lambda _: block.target_domain_name)
    zone_id = custom.id.apply(lambda _: block.hosted_zone_id)
    return _records(name, domain, target, zone_id, mapping=mapping, parent=parent)


def rest_domain(
    name: str,
    domain: CustomDomain,
    api: aws.apigateway.RestApi,
    stage: aws.apigateway.Stage,
    parent: pulumi.Resource,
) -> Mapping[str, pulumi.Output[str]]:
    """Map the domain to the stage of a REST API, and return the stack outputs."""
    custom = aws.apigateway.DomainName(
        f"{name}-domain",
        domain_name=domain.name,
        regional_certificate_arn=domain.certificate_arn,
        endpoint_configuration={"types": "REGIONAL", "ip_address_type": _IP_ADDRESSES},
        security_policy=_TLS,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    mapping = aws.apigateway.BasePathMapping(
        f"{name}-domain-mapping",
        rest_api=api.id,
        domain_name=custom.domain_name,
        stage_name=stage.stage_name,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[custom]),
    )
    target = custom.regional_domain_name
    zone_id = custom.regional_zone_id
    return _records(name, domain, target, zone_id, mapping=mapping, parent=parent)


def _records(
    name: str,
    domain: CustomDomain,
    target: pulumi.Output[str],
    target_zone_id: pulumi.Input[Any],
    *,
    mapping: pulumi.Resource,
    parent: pulumi.Resource,
) -> Mapping[str, pulumi.Output[str]]:
    """Create alias records for IPv4 and IPv6 in the hosted zone, if there is one.

    Return the stack outputs, such as the records' target.
    """
    routing = domain.failover.record_args() if domain.failover else {}
    for record_type in ("A", "AAAA") if domain.hosted_zone_id else ():
        aws.route53.Record(
            f"{name}-domain-{record_type.lower()}",
            name=domain.name,
            type=record_type,
            zone_id=str(domain.hosted_zone_id),
            # AWS checks its own gateways; a failing health check would leave no address at all.
            aliases=[{"name": target, "zone_id": target_zone_id, "evaluate_target_health": False}],
            opts=pulumi.ResourceOptions(
                parent=parent,
                # Resolvers would cache a name that does not lead to the API yet.
                depends_on=[mapping],
                # Route 53 has no failover record beside a simple one of the same name.
                replace_on_changes=["setIdentifier"],
                delete_before_replace=True,
            ),
            **routing,
        )
    outputs = domain.failover.outputs(name, parent) if domain.failover else {}
    return {"domainTarget": target, **outputs}
