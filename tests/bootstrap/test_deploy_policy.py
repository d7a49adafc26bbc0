"""The deploy policies: derived from the stacks' resource types, and limited to one stack."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import pytest

from bootstrap.config import MOST_HOSTED_ZONES, MOST_SECRETS, MOST_STACKS
from bootstrap.permissions import (
    PERMISSIONS,
    SECTIONS,
    Grant,
    boundary_document,
    deploy_documents,
    read_documents,
    size,
)
from bootstrap.permissions.boundary import BOUNDARY
from bootstrap.permissions.grant import ANY
from bootstrap.permissions.preflight import PREFLIGHT
from bootstrap.permissions.release import RELEASE
from infra.naming import LONGEST_ROLE
from release.preflight.actions import ACTIONS
from release.smoke.permissions import PERMISSIONS as SMOKE_TEST
from release.versions.permissions import PERMISSIONS as VERSIONS
from tests.bootstrap.support import BOOTSTRAP, PROJECT, REGION, allows, scope
from tests.bootstrap.support.reference import LISTED, UNLISTED, level, resource_types
from tests.infra.support.features import FULL, full
from tests.infra.support.graph import STACK_FILES, deployed, stack_of
from tests.infra.support.mock_responses import ACCOUNT
from tests.support.stacks import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tests.infra.support.graph import Graph

# REST APIs with IP ranges and a custom domain name, and with failover, as no other stack has.
_REST = [path for path in VARIANTS if stack_of(path) in {"rest-keys-waf", "rest-standby"}]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_POLICY_SIZE = 6144
_POLICIES_PER_ROLE = 10

_GRANTS = [
    *((kind, grant) for kind, grants in PERMISSIONS.items() for grant in grants),
    *(("release", grant) for grant in RELEASE),
    *(("preflight", grant) for grant in PREFLIGHT),
    *(("boundary", grant) for grant in BOUNDARY),
]


def _types(graphs: Iterable[Graph]) -> set[str]:
    return {
        resource.type
        for graph in graphs
        for resource in graph.resources
        if not resource.is_component
    }


@functools.cache
def _used_types() -> frozenset[str]:
    """The types of every stack and example, and of stacks with every feature."""
    return frozenset(_types((*map(deployed, (*STACK_FILES, *_REST)), *map(full, FULL))))


def _expanded(grant: Grant) -> list[str]:
    """The patterns of a grant for a stack."""
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:smtp-AbCdEf"
    own = scope("dev", hosted_zone_ids=["Z1"], secret_arns=[secret])
    return [arn for template in grant.on for arn in own.expanded(template)]


def test_every_resource_type_has_permissions() -> None:
    """A resource type that any stack or example uses has an entry in the table."""
    missing = _used_types() - PERMISSIONS.keys()
    assert not missing, f"add what the provider calls for these to bootstrap/permissions: {missing}"


@pytest.mark.thorough
@pytest.mark.parametrize("variant", VARIANTS, ids=stack_of)
def test_every_resource_type_of_a_variant_has_permissions(variant: Path) -> None:
    """A resource type of a variant has an entry in the table."""
    assert _types([deployed(variant)]) - PERMISSIONS.keys() == set()


def test_the_table_has_no_other_types() -> None:
    """The table grants nothing for a resource type that no stack uses."""
    assert PERMISSIONS.keys() - _used_types() == set()


def test_a_type_is_in_one_section() -> None:
    """No resource type has entries in two policies, of which one would be overlooked."""
    assert len(PERMISSIONS) == sum(map(len, SECTIONS.values()))


def test_the_reference_lists_every_action() -> None:
    """Every action is in the service authorization reference, and the copy has no others."""
    used = {action for _, grant in _GRANTS for action in (*grant.read, *grant.write)}
    assert used - LISTED == UNLISTED
    state = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}
    assert LISTED - used - state - {"kms:Decrypt", "kms:Encrypt"} == set()


@pytest.mark.parametrize(("kind", "grant"), _GRANTS)
def test_an_action_is_allowed_on_what_it_has(kind: str, grant: Grant) -> None:
    """An action with resource types is allowed on ARNs of such a type; `*` is for all others."""
    for action in {*grant.read, *grant.write} - UNLISTED:
        types = resource_types(action)
        if grant.on == ANY:
            assert not any(each.required for each in types), (kind, action)
            continue
        for arn in _expanded(grant):
            assert any(each.covers(arn) for each in types), (kind, action, arn)


def test_an_action_has_every_resource_that_it_requires() -> None:
    """Where AWS requires several resource types for an action, each is among the grants."""
    arns: dict[str, set[str]] = {}
    for _, grant in _GRANTS:
        for action in {*grant.read, *grant.write} - UNLISTED:
            arns.setdefault(action, set()).update(_expanded(grant))
    missing = {
        (action, each.arn.pattern)
        for action, patterns in arns.items()
        for each in resource_types(action)
        if each.required and not any(each.covers(arn) for arn in patterns)
    }
    assert missing == set()


def test_reading_is_reading() -> None:
    """What the read-only roles get has the access level Read or List in the reference."""
    levels = {
        action: level(action)
        for grants in (*PERMISSIONS.values(), PREFLIGHT)
        for g in grants
        for action in g.read
    }
    assert {action for action, name in levels.items() if name not in {"Read", "List"}} == set()
    documents = read_documents(scope("dev", "prod"), secrets=True).values()
    allowed = {action for document in documents for action in _actions(document)}
    assert allowed <= levels.keys()


def test_the_preview_role_reads_no_secret_values() -> None:
    """`preview` cannot read API keys, whose values the response holds; `drift` can."""
    key = f"arn:aws:apigateway:{REGION}::/apikeys/a1b2"
    preview = read_documents(scope("dev"), secrets=False).values()
    drift = read_documents(scope("dev"), secrets=True).values()
    assert not allows(preview, "apigateway:GET", key)
    assert allows(drift, "apigateway:GET", key)
    for documents in (preview, drift):
        assert not allows(documents, "dynamodb:GetItem", _arn("dynamodb", "table/{own}-orders"))
        assert not allows(documents, "sqs:ReceiveMessage", _arn("sqs", "{own}-email"))


def _actions(document: Mapping[str, Any]) -> Iterator[str]:
    for statement in document["Statement"]:
        action = statement.get("Action", [])
        yield from [action] if isinstance(action, str) else action


def _arn(service: str, resource: str, stack: str = "dev", *, regional: bool = True) -> str:
    own = f"{PROJECT}-{stack}"
    return f"arn:aws:{service}:{REGION if regional else ''}:{ACCOUNT}:{resource.format(own=own)}"


# What a deploy role does with the resources of its stack, by action and resource.
_ON_A_STACK = [
    ("lambda:UpdateFunctionCode", "lambda", "function:{own}-orders"),
    ("lambda:UpdateAlias", "lambda", "function:{own}-orders"),
    ("dynamodb:DeleteTable", "dynamodb", "table/{own}-orders"),
    ("sqs:SetQueueAttributes", "sqs", "{own}-email"),
    ("sns:DeleteTopic", "sns", "{own}-order-events"),
    ("logs:DeleteLogGroup", "logs", "log-group:/aws/lambda/{own}-orders"),
    ("cloudwatch:DeleteAlarms", "cloudwatch", "alarm:{own}-email-bounces"),
    ("ses:DeleteConfigurationSet", "ses", "configuration-set/{own}-email"),
]


@pytest.mark.parametrize(("action", "service", "resource"), _ON_A_STACK)
def test_a_deploy_role_changes_its_stack_alone(action: str, service: str, resource: str) -> None:
    """The role of `dev` may change resources of dev, and not those of prod, nor elsewhere."""
    documents = deploy_documents(scope("dev")).values()
    assert allows(documents, action, _arn(service, resource))
    assert not allows(documents, action, _arn(service, resource, "prod"))
    assert not allows(documents, action, _arn(service, resource).replace(PROJECT, "payments"))
    assert not allows(documents, action, _arn(service, resource), region="us-east-2")


@pytest.mark.parametrize(("action", "service", "resource"), _ON_A_STACK)
def test_the_pull_request_role_changes_stacks_of_pull_requests(
    action: str, service: str, resource: str
) -> None:
    """The role of `pull-request` may change each stack `pr-<n>`, and no other."""
    documents = deploy_documents(scope("pr-*")).values()
    assert allows(documents, action, _arn(service, resource, "pr-12"))
    assert not allows(documents, action, _arn(service, resource, "dev"))


# Resources with IDs that services generate: their ARNs name no stack.
_TAGGED = [
    ("apigateway:DELETE", "arn:aws:apigateway:{region}::/restapis/a1b2", None),
    ("apigateway:PATCH", "arn:aws:apigateway:{region}::/apis/a1b2/stages/$default", None),
    ("kms:PutKeyPolicy", "arn:aws:kms:{region}:{account}:key/1234", "own"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:{region}:{account}:key/1234", "own"),
    ("ec2:DeleteSecurityGroup", "arn:aws:ec2:{region}:{account}:security-group/sg-1", "own"),
    ("ec2:DeleteVpcEndpoints", "arn:aws:ec2:{region}:{account}:vpc-endpoint/vpce-1", "own"),
    ("cloudfront:UpdateDistribution", "arn:aws:cloudfront::{account}:distribution/E1", "own"),
    ("ses:DeleteEmailIdentity", "arn:aws:ses:{region}:{account}:identity/shop-orders.net", "own"),
]


@pytest.mark.parametrize(("action", "template", "only"), _TAGGED)
def test_tags_tell_stacks_apart_where_arns_do_not(
    action: str, template: str, only: str | None
) -> None:
    """A role may not change what another stack's tags are on, or only what its own are on."""
    documents = deploy_documents(scope("dev")).values()
    resource = template.format(region=REGION, account=ACCOUNT)

    def tags(project: str, environment: str) -> dict[str, str]:
        return {
            "aws:ResourceTag/project": project,
            "aws:ResourceTag/environment": environment,
        }

    assert allows(documents, action, resource, tags(PROJECT, "dev"))
    assert not allows(documents, action, resource, tags(PROJECT, "prod"))
    assert allows(documents, action, resource) is (only is None)


# What a role could do to a resource of another project, to make it its own or directly.
_FOREIGN = [
    *_TAGGED,
    ("apigateway:PUT", "arn:aws:apigateway:{region}::/restapis/a1b2", None),
    ("kms:TagResource", "arn:aws:kms:{region}:{account}:key/1234", None),
    ("kms:CreateAlias", "arn:aws:kms:{region}:{account}:key/1234", None),
    ("kms:UpdateAlias", "arn:aws:kms:{region}:{account}:key/1234", None),
    ("kms:EnableKeyRotation", "arn:aws:kms:{region}:{account}:key/1234", None),
    ("cloudfront:TagResource", "arn:aws:cloudfront::{account}:distribution/E1", None),
    ("ses:TagResource", "arn:aws:ses:{region}:{account}:identity/shop-orders.net", None),
    ("ec2:CreateTags", "arn:aws:ec2:{region}:{account}:security-group/sg-1", None),
]


@pytest.mark.parametrize("stack", ["dev", "pr-*"])
@pytest.mark.parametrize(("action", "template", "_only"), _FOREIGN)
def test_tags_do_not_make_a_resource_a_stacks_own(
    action: str, template: str, _only: str | None, stack: str
) -> None:
    """No deploy role changes or tags what another project's tag is on, as the state's key has."""
    documents = deploy_documents(scope(stack)).values()
    resource = template.format(region=REGION, account=ACCOUNT)
    own = stack.replace("*", "12")
    new = {"aws:RequestTag/project": PROJECT, "aws:RequestTag/environment": own}
    for project in (BOOTSTRAP, "payments", f"{PROJECT}-2"):
        for environment in ("account", own):
            tags = {
                "aws:ResourceTag/project": project,
                "aws:ResourceTag/environment": environment,
            }
            assert not allows(documents, action, resource, {**tags, **new})


def test_a_deploy_role_cannot_extend_its_own_permissions() -> None:
    """No deploy role changes a role for GitHub, a boundary, or a role without a boundary."""
    own = scope("dev", boundary=True)
    documents = deploy_documents(own).values()
    role = f"arn:aws:iam::{ACCOUNT}:role/{PROJECT}-dev-orders-{REGION}"
    bounded = {"iam:PermissionsBoundary": str(own.boundary_arn)}
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"):
        assert allows(documents, action, role, bounded)
        assert not allows(documents, action, role)
        assert not allows(
            documents, action, role, {"iam:PermissionsBoundary": f"{own.boundary_arn}-2"}
        )
        for other in (f"github-{PROJECT}-dev", f"{PROJECT}-prod-orders-{REGION}"):
            arn = f"arn:aws:iam::{ACCOUNT}:role/{other}"
            assert not allows(documents, action, arn, bounded)
    for action in (
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:UpdateOpenIDConnectProviderThumbprint",
        "iam:CreateUser",
        "sts:AssumeRole",
    ):
        assert not allows(documents, action, str(own.boundary_arn), bounded)
        assert not allows(documents, action, role, bounded)


def test_one_managed_policy_can_be_attached() -> None:
    """A deploy role attaches the policy of API Gateway's log role, and no other."""
    own = scope("dev", boundary=True)
    documents = deploy_documents(own).values()
    role = f"arn:aws:iam::{ACCOUNT}:role/{PROJECT}-dev-api-logs-a1b2"
    name = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    for policy, allowed in ((name, True), ("AdministratorAccess", False)):
        context = {
            "iam:PermissionsBoundary": str(own.boundary_arn),
            "iam:PolicyARN": f"arn:aws:iam::aws:policy/{policy}",
        }
        assert allows(documents, "iam:AttachRolePolicy", role, context) is allowed


@pytest.mark.parametrize(
    ("role", "service", "allowed"),
    [
        (f"{PROJECT}-dev-orders-{REGION}", "lambda.amazonaws.com", True),
        (f"{PROJECT}-dev-api-logs-a1b2", "apigateway.amazonaws.com", True),
        (f"{PROJECT}-dev-orders-{REGION}", "apigateway.amazonaws.com", False),
        (f"{PROJECT}-dev-orders-{REGION}", "ec2.amazonaws.com", False),
        (f"{PROJECT}-prod-orders-{REGION}", "lambda.amazonaws.com", False),
        ("administrator", "lambda.amazonaws.com", False),
        (f"github-{PROJECT}-dev", "lambda.amazonaws.com", False),
    ],
)
def test_roles_are_passed_to_their_services(role: str, service: str, *, allowed: bool) -> None:
    """A deploy role passes a role of its stack to the service that the role is for."""
    documents = deploy_documents(scope("dev")).values()
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    assert allows(documents, "iam:PassRole", arn, {"iam:PassedToService": service}) is allowed


def test_records_are_changed_in_the_configured_zones() -> None:
    """Records can be changed in the configured hosted zones alone."""
    zone = "arn:aws:route53:::hostedzone/{}"
    action = "route53:ChangeResourceRecordSets"
    assert not allows(deploy_documents(scope("dev")).values(), action, zone.format("Z1"))
    documents = deploy_documents(scope("dev", hosted_zone_ids=["Z1"])).values()
    assert allows(documents, action, zone.format("Z1"))
    assert not allows(documents, action, zone.format("Z2"))


def test_policies_are_within_the_limits_of_iam() -> None:
    """With the longest names and lists that are allowed, no policy and no role is too large."""
    # infra.config refuses longer ones, because of the functions' roles.
    stack = "s" * 20
    project = "p" * (LONGEST_ROLE - len(f"-{stack}-processor-ap-southeast-5"))
    names = [f"{number}{stack[1:]}" for number in range(MOST_STACKS)]
    fields: dict[str, Any] = {
        "partition": "aws-us-gov",
        "regions": ["ap-southeast-5", "ap-southeast-7"],
        "home_region": "ap-northeast-3",
        "project": project,
        "hosted_zone_ids": [f"Z{number:031}" for number in range(MOST_HOSTED_ZONES)],
        "secret_arns": [
            f"arn:aws-us-gov:secretsmanager:ap-southeast-5:{ACCOUNT}:secret:{'s' * 60}-{number:06}"
            for number in range(MOST_SECRETS)
        ],
    }
    one = scope(stack, boundary=True, **fields)
    for documents in (
        deploy_documents(one),
        read_documents(scope(*names, **fields), secrets=True),
        {"boundary": boundary_document(one)},
    ):
        assert {
            name: size(each) for name, each in documents.items() if size(each) > _POLICY_SIZE
        } == {}
        assert len(documents) <= _POLICIES_PER_ROLE


def test_the_pull_request_role_reaches_no_bucket_of_another_stack() -> None:
    """The web bucket of a stack `prod` is not one of a stack `pr-<n>`."""
    own = deploy_documents(scope("pr-*")).values()
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy", "s3:DeleteBucket"):
        suffix = "/index.html" if "Object" in action else ""
        for stack, allowed in (("pr-12", True), ("prod", False), ("preview", False)):
            bucket = f"arn:aws:s3:::{PROJECT}-{stack}-web-20261127a1{suffix}"
            assert allows(own, action, bucket) is allowed, (action, stack)


def test_names_that_are_shortened_are_covered() -> None:
    """The patterns cover buckets and sampling rules, whose names are shortened."""
    from infra.monitoring.tracing import rule_name  # noqa: PLC0415 (beside its use)
    from infra.naming import bucket_start  # noqa: PLC0415 (beside its use)

    for project in ("shop", "Shop_Orders", "p" * 22, "p" * 30):
        for pattern, stack in (("prod", "prod"), ("pr-*", "pr-12"), ("pr-*", "pr-1")):
            documents = deploy_documents(scope(pattern, project=project)).values()
            name = f"{project}-{stack}"
            bucket = f"arn:aws:s3:::{bucket_start(name, 'web')}-web-20261127a1"
            assert allows(documents, "s3:CreateBucket", bucket), bucket
            rule = f"arn:aws:xray:{REGION}:{ACCOUNT}:sampling-rule/{rule_name(name)}"
            assert allows(documents, "xray:CreateSamplingRule", rule), rule


def test_every_name_of_a_resource_is_covered() -> None:
    """Each ARN that a stack's resources have is one on which the role may delete the resource."""
    graphs = [*map(deployed, STACK_FILES), *map(full, FULL)]
    for graph in graphs:
        region = graph.stackfile.config.get("aws:region", "us-east-1")
        own = scope(graph.stackfile.stack, regions=[region], home_region=region)
        for resource in graph.resources:
            arn = str(resource.outputs.get("arn", ""))
            if resource.is_component or not arn.startswith("arn:") or ":other:" in arn:
                continue
            patterns = {
                pattern
                for grant in PERMISSIONS[resource.type]
                for template in grant.on
                for pattern in own.expanded(template)
            }
            assert any(_matches(pattern, arn) for pattern in patterns), (resource.type, arn)


def _matches(pattern: str, arn: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), arn) is not None


def test_a_deploy_role_may_release() -> None:
    """The role of a stack has every action of the smoke test, the canary and the rollback."""
    documents = deploy_documents(scope("dev"))
    allowed = {action for document in documents.values() for action in _actions(document)}
    needed = {action for each in (*SMOKE_TEST, *VERSIONS) for action in each.actions}
    granted = {action for grant in RELEASE for action in (*grant.read, *grant.write)}
    # SQS decrypts the messages that the smoke test receives.
    assert granted - needed == {"kms:Decrypt"}
    # Everybody may ask for the own identity.
    assert needed - allowed == {"sts:GetCallerIdentity"}


_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:smtp-AbCdEf"
_GATEWAY = f"arn:aws:apigateway:{REGION}::"

# By operation of preflight with a resource, what it reads.
_READ_BY_PREFLIGHT = {
    "GetRegionOptStatus": f"arn:aws:account::{ACCOUNT}:account",
    "DescribeCertificate": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1234",
    "GetAccount": f"{_GATEWAY}/account",
    "GetRestApis": f"{_GATEWAY}/restapis",
    "GetUsagePlans": f"{_GATEWAY}/usageplans",
    "DescribeVpcAttribute": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1",
    "GetPolicy": f"arn:aws:iam::{ACCOUNT}:policy/github-{PROJECT}-dev-boundary",
    "GetFunctionConcurrency": _arn("lambda", "function:{own}-orders"),
    "GetHealthCheck": "arn:aws:route53:::healthcheck/1234",
    "GetHostedZone": "arn:aws:route53:::hostedzone/Z1",
    "DescribeSecret": _SECRET,
    "GetEmailIdentity": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/shop-orders.net",
    "ListSubscriptionsByTopic": _arn("sns", "{own}-ops-alerts"),
}


@pytest.mark.parametrize(("service", "operation"), ACTIONS)
def test_roles_that_read_may_run_preflight(service: str, operation: str) -> None:
    """The role of `preview` or `drift` may make each call of preflight, on what it is about."""
    action = ACTIONS[service, operation]
    named = operation in _READ_BY_PREFLIGHT and bool(resource_types(action))
    assert named or not any(each.required for each in resource_types(action))
    resource = _READ_BY_PREFLIGHT[operation] if named else "*"
    own = scope("dev", "prod", hosted_zone_ids=["Z1"], secret_arns=[_SECRET])
    for secrets in (False, True):
        assert allows(read_documents(own, secrets=secrets).values(), action, resource)


def test_preflight_grants_what_preflight_calls() -> None:
    """The policy for preflight has its actions, and no others."""
    assert {action for grant in PREFLIGHT for action in grant.read} == set(ACTIONS.values())
    assert not any(grant.write for grant in PREFLIGHT)
