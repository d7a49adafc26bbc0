"""Service quotas of the resources that a stack creates, with those that exist already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from release.preflight.finding import failed, increase, ok
from release.preflight.network import ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from infra.config import StackConfig
    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding


_SERVICE_QUOTAS: Final = "service-quotas"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota of resources, and how those of the account are counted."""

    name: str
    service: str
    """The service that lists the resources, named as in boto3."""
    code: tuple[str, str]
    """The codes of the service and of the quota in Service Quotas."""
    planned: Callable[[Target], int]
    """The number of resources that the stack has."""
    existing: Callable[[Target], Iterable[bool]]
    """For each resource that exists, whether it is this stack's."""
    needed: Callable[[StackConfig], bool] = lambda _: True

    @property
    def services(self) -> tuple[str, ...]:
        """The services that are called."""
        return (self.service, _SERVICE_QUOTAS)

    def run(self, target: Target) -> Findings:
        """Compare the quota with what exists and what the stack adds."""
        existing = list(self.existing(target))
        quota = _quota(target.client(_SERVICE_QUOTAS), *self.code)
        yield judge(
            self.name,
            quota=quota["Value"],
            existing=len(existing),
            added=max(0, self.planned(target) - sum(existing)),
            code=self.code if quota.get("Adjustable", True) else None,
        )


def judge(
    name: str, *, quota: float, existing: int, added: int, code: tuple[str, str] | None
) -> Finding:
    """Judge whether the resources that a deployment adds fit.

    Args:
        name: What is counted.
        quota: How many an account may have.
        existing: How many it has.
        added: How many the deployment adds to them.
        code: The codes of the service and of the quota; None if AWS does not raise it.
    """
    detail = f"{existing} of {quota:.0f} exist, and the deployment adds {added}."
    if existing + added <= quota:
        return ok(name, detail)
    if code is None:
        return failed(name, detail, "Delete some, or use another account: AWS does not raise it.")
    return failed(
        name,
        detail,
        f"Run: {increase(*code, existing + added)}",
    )


def _quota(quotas: Any, service: str, code: str) -> Mapping[str, Any]:
    """Return the account's quota; before a change of it, AWS may know the default alone."""
    names = {"ServiceCode": service, "QuotaCode": code}
    try:
        response = quotas.get_service_quota(**names)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchResourceException":
            raise
        response = quotas.get_aws_default_service_quota(**names)
    quota: Mapping[str, Any] = response["Quota"]
    return quota


def roles(target: Target) -> Findings:
    """Compare the quota of IAM roles, which IAM itself reports; it counts all regions."""
    iam = target.client("iam")
    summary = iam.get_account_summary()["SummaryMap"]
    planned = _names(target, "aws:iam/role:Role", "name")
    existing = {
        each["RoleName"]
        for page in iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1000})
        for each in page["Roles"]
    }
    # The role for the logs of a REST API ends with the API's ID, which only AWS knows.
    logs = target.log_role_prefix
    own = len(planned & existing)
    if any(name.startswith(logs) for name in planned - existing):
        own += any(name.startswith(logs) for name in existing)
    yield judge(
        ROLES,
        quota=summary["RolesQuota"],
        existing=summary["Roles"],
        added=max(0, len(target.stack.resources.of("aws:iam/role:Role")) - own),
        code=("iam", "L-FE177D64"),
    )


def _names(target: Target, type_name: str, key: str) -> set[str]:
    return {str(each.get(key)) for each in target.stack.resources.of(type_name)}


def _count(type_name: str) -> Callable[[Target], int]:
    return lambda target: len(target.stack.resources.of(type_name))


def _listing(
    service: str,
    operation: str,
    member: str,
    name: Callable[[Any], str],
    planned: tuple[str, str],
) -> Callable[[Target], Iterable[bool]]:
    """Return a function that lists resources, and finds those of the stack by their names."""

    def existing(target: Target) -> Iterable[bool]:
        own = _names(target, *planned)
        for page in target.client(service).get_paginator(operation).paginate():
            yield from (name(each) in own for each in page.get(member, []))

    return existing


def _endpoints(kind: str, *, in_vpc: bool) -> Callable[[Target], Iterable[bool]]:
    """Return a function that lists the VPC endpoints of a type, in the region or in the VPC."""

    def existing(target: Target) -> Iterable[bool]:
        vpc = target.config.vpc
        filters = [{"Name": "vpc-endpoint-type", "Values": [kind]}]
        if in_vpc and vpc:
            filters.append({"Name": "vpc-id", "Values": [vpc.vpc_id]})
        pages = target.client("ec2").get_paginator("describe_vpc_endpoints")
        for page in pages.paginate(Filters=filters):
            yield from (target.owns(each.get("Tags", [])) for each in page["VpcEndpoints"])

    return existing


def _planned_endpoints(kind: str) -> Callable[[Target], int]:
    return lambda target: sum(
        each["vpcEndpointType"] == kind for each in target.stack.resources.of(ENDPOINT)
    )


def _sampling_rules(target: Target) -> Iterable[bool]:
    """List the sampling rules but for the one of X-Ray itself, which does not count."""
    own = _names(target, _RULE, "ruleName")
    for page in target.client("xray").get_paginator("get_sampling_rules").paginate():
        names = [each["SamplingRule"]["RuleName"] for each in page["SamplingRuleRecords"]]
        yield from (name in own for name in names if name != "Default")


def _creates_endpoints(config: StackConfig) -> bool:
    return config.vpc is not None and config.vpc.endpoints is not None


ROLES: Final = "IAM roles"

_TABLE: Final = "aws:dynamodb/table:Table"
_TOPIC: Final = "aws:sns/topic:Topic"
_REST_API: Final = "aws:apigateway/restApi:RestApi"
_USAGE_PLAN: Final = "aws:apigateway/usagePlan:UsagePlan"
_RULE: Final = "aws:xray/samplingRule:SamplingRule"

# Quotas that a stack could exceed. Service Quotas has none for HTTP APIs, alarms and dashboards.
QUOTAS: Final = (
    Quota(
        name="REST APIs",
        service="apigateway",
        code=("apigateway", "L-AA0FF27B"),
        planned=_count(_REST_API),
        existing=_listing(
            "apigateway", "get_rest_apis", "items", lambda each: each["name"], (_REST_API, "name")
        ),
        needed=lambda config: config.gateway == "rest",
    ),
    Quota(
        name="usage plans",
        service="apigateway",
        code=("apigateway", "L-E8693075"),
        planned=_count(_USAGE_PLAN),
        existing=_listing(
            "apigateway",
            "get_usage_plans",
            "items",
            lambda each: each["name"],
            (_USAGE_PLAN, "name"),
        ),
        needed=lambda config: config.auth == "apiKey",
    ),
    Quota(
        name="DynamoDB tables",
        service="dynamodb",
        code=("dynamodb", "L-F98FE922"),
        planned=_count(_TABLE),
        existing=_listing("dynamodb", "list_tables", "TableNames", str, (_TABLE, "name")),
    ),
    Quota(
        name="SNS topics",
        service="sns",
        code=("sns", "L-61103206"),
        planned=_count(_TOPIC),
        existing=_listing(
            "sns",
            "list_topics",
            "Topics",
            lambda each: str(each["TopicArn"].rpartition(":")[2]),
            (_TOPIC, "name"),
        ),
    ),
    Quota(
        name="X-Ray sampling rules",
        service="xray",
        code=("xray", "L-8C0C998A"),
        planned=_count(_RULE),
        existing=_sampling_rules,
        needed=lambda config: config.tracing,
    ),
    Quota(
        name="interface VPC endpoints of the VPC",
        service="ec2",
        code=("vpc", "L-29B6F2EB"),
        planned=_planned_endpoints("Interface"),
        existing=_endpoints("Interface", in_vpc=True),
        needed=_creates_endpoints,
    ),
    Quota(
        name="gateway VPC endpoints",
        service="ec2",
        code=("vpc", "L-1B52E74A"),
        planned=_planned_endpoints("Gateway"),
        existing=_endpoints("Gateway", in_vpc=False),
        needed=_creates_endpoints,
    ),
)
