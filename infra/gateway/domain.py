"""Where clients find the API: at the address that AWS gives it, or under a host name of the stack's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import pulumi
import pulumi_aws as aws

# The oldest version that API Gateway recommends.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
_TLS: Final = "TLS_1_2"

# IPv4 and IPv6: of the other choice, `ipv4`, the AAAA record would have nothing to tell.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html
_IP_ADDRESSES: Final = "dualstack"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an API is: the URL before the routes' paths, without a slash at its end, and what else there is to tell."""

    endpoint: pulumi.Output[str]
    outputs: Mapping[str, pulumi.Output[object]] = field(default_factory=dict)


class Address(Protocol):
    """How clients get to an API, of either kind."""

    def api(self) -> Mapping[str, Any]:
        """Return the arguments of the API itself."""
        ...

    def attach_http(
        self,
        name: str,
        api: aws.apigatewayv2.Api,
        stage: aws.apigatewayv2.Stage,
        parent: pulumi.Resource,
    ) -> Place:
        """Lead to the stage of an HTTP API."""
        ...

    def attach_rest(
        self,
        name: str,
        api: aws.apigateway.RestApi,
        stage: aws.apigateway.Stage,
        parent: pulumi.Resource,
    ) -> Place:
        """Lead to the stage of a REST API."""
        ...


class AwsAddress:
    """The one that API Gateway makes up, below `execute-api`."""

    def api(self) -> Mapping[str, Any]:
        """Keep it open: what is not said stays as it was, closed if the stack had a host name of its own."""
        return {"disable_execute_api_endpoint": False}

    def attach_http(
        self,
        name: str,  # noqa: ARG002 - the protocol's
        api: aws.apigatewayv2.Api,
        stage: aws.apigatewayv2.Stage,  # noqa: ARG002 - as above
        parent: pulumi.Resource,  # noqa: ARG002 - as above
    ) -> Place:
        """Tell the API's own; the stage `$default` adds nothing to it."""
        return Place(endpoint=api.api_endpoint)

    def attach_rest(
        self,
        name: str,  # noqa: ARG002 - as above
        api: aws.apigateway.RestApi,  # noqa: ARG002 - as above
        stage: aws.apigateway.Stage,
        parent: pulumi.Resource,  # noqa: ARG002 - as above
    ) -> Place:
        """Tell the stage's, whose name is a part of it."""
        return Place(endpoint=stage.invoke_url)


@dataclass(frozen=True, kw_only=True)
class OwnDomain:
    """A host name with a certificate, and the only way in: who knows the API's ID gets no answer.

    Where the zone is not given, somebody else has to point the name at the output `domainTarget`.
    """

    name: str
    certificate_arn: str
    hosted_zone_id: str | None = None

    def api(self) -> Mapping[str, Any]:
        """Close the address that API Gateway makes up, where the domain's firewalls and names do not count."""
        return {"disable_execute_api_endpoint": True}

    def attach_http(
        self,
        name: str,
        api: aws.apigatewayv2.Api,
        stage: aws.apigatewayv2.Stage,
        parent: pulumi.Resource,
    ) -> Place:
        """Point the name at the stage, whose name is no part of the URL."""
        domain = aws.apigatewayv2.DomainName(
            f"{name}-domain",
            domain_name=self.name,
            domain_name_configuration={
                "certificate_arn": self.certificate_arn,
                "endpoint_type": "REGIONAL",
                "security_policy": _TLS,
                "ip_address_type": _IP_ADDRESSES,
            },
            opts=pulumi.ResourceOptions(parent=parent),
        )
        mapping = aws.apigatewayv2.ApiMapping(
            f"{name}-domain-mapping",
            api_id=api.id,
            domain_name=domain.domain_name,
            stage=stage.name,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[domain]),
        )
        # After the ID, which a preview does not know: of the block it knows our part, and would take AWS's for missing.
        made = domain.domain_name_configuration
        target = domain.id.apply(lambda _: made.target_domain_name)
        zone_id = domain.id.apply(lambda _: made.hosted_zone_id)
        return self._place(name, target, zone_id, mapping, parent)

    def attach_rest(
        self,
        name: str,
        api: aws.apigateway.RestApi,
        stage: aws.apigateway.Stage,
        parent: pulumi.Resource,
    ) -> Place:
        """Point the name at the stage, whose name is no part of the URL."""
        domain = aws.apigateway.DomainName(
            f"{name}-domain",
            domain_name=self.name,
            regional_certificate_arn=self.certificate_arn,
            endpoint_configuration={"types": "REGIONAL", "ip_address_type": _IP_ADDRESSES},
            security_policy=_TLS,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        mapping = aws.apigateway.BasePathMapping(
            f"{name}-domain-mapping",
            rest_api=api.id,
            domain_name=domain.domain_name,
            stage_name=stage.stage_name,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[domain]),
        )
        return self._place(
            name, domain.regional_domain_name, domain.regional_zone_id, mapping, parent
        )

    def _place(
        self,
        name: str,
        target: pulumi.Input[Any],
        target_zone_id: pulumi.Input[Any],
        mapping: pulumi.Resource,
        parent: pulumi.Resource,
    ) -> Place:
        for kind in ("A", "AAAA") if self.hosted_zone_id else ():
            aws.route53.Record(
                f"{name}-domain-{kind.lower()}",
                name=self.name,
                type=kind,
                zone_id=str(self.hosted_zone_id),
                # AWS watches its own gateways; a failing health check here would leave no address at all.
                aliases=[
                    {"name": target, "zone_id": target_zone_id, "evaluate_target_health": False}
                ],
                # A name that leads nowhere yet would be remembered by resolvers as an API that refuses.
                opts=pulumi.ResourceOptions(parent=parent, depends_on=[mapping]),
            )
        return Place(
            endpoint=pulumi.Output.from_input(f"https://{self.name}"),
            outputs={"domainTarget": pulumi.Output.from_input(target)},
        )
