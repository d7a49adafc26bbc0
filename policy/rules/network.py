"""Public access and TLS: queues, topics, function URLs, Lambda permissions, buckets, ingress."""

from collections.abc import Iterator
from typing import Any, Final

from . import resource_types as types
from .documents import Statement, statements
from .resource import Resource, Unknown, leaves
from .rule import Stack, resource_rule, stack_rule

# Type -> its policies, and the property by which they refer to it.
_POLICIES: Final = {
    types.QUEUE: (types.QUEUE_POLICY, "queueUrl"),
    types.TOPIC: (types.TOPIC_POLICY, "arn"),
    types.BUCKET: (types.BUCKET_POLICY, "bucket"),
}
# Policy -> actions any of which stands for all of them.
_EVERY_ACTION: Final = {
    types.QUEUE_POLICY: {"*", "sqs:*"},
    types.TOPIC_POLICY: {"*", "sns:*", "sns:Publish"},
    types.BUCKET_POLICY: {"*", "s3:*"},
}

_SECURITY_GROUPS: Final = (types.DEFAULT_SECURITY_GROUP, types.SECURITY_GROUP)
_SECURITY_GROUP_RULES: Final = (types.INGRESS_RULE, types.SECURITY_GROUP_RULE)
_EVERYWHERE: Final = {"0.0.0.0/0", "::/0"}
_CIDR_BLOCKS: Final = ("cidrBlocks", "cidrIpv4", "cidrIpv6", "ipv6CidrBlocks")
_PUBLIC_ACLS: Final = {"authenticated-read", "public-read", "public-read-write"}
_PUBLIC_ACCESS_BLOCKS: Final = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)


@resource_rule(types.BUCKET_POLICY, types.QUEUE_POLICY, types.TOPIC_POLICY)
def policies_refuse_plain_http(resource: Resource) -> Iterator[str]:
    """Queue, topic and bucket policies deny every request without TLS.

    Orders must not be sent in clear.
    """
    if not _denies_plain_http(resource):
        yield (
            "allows requests without TLS; deny every principal with the condition "
            "Bool aws:SecureTransport false"
        )


@stack_rule(types.QUEUE, types.TOPIC)
def queues_and_topics_tls_only(resource: Resource, stack: Stack) -> Iterator[str]:
    """Every queue and topic has a policy that denies plain HTTP.

    Without one it is allowed.
    """
    yield from _without_tls(resource, stack, resource.get("arn"))


@stack_rule(types.BUCKET)
def buckets_tls_only(resource: Resource, stack: Stack) -> Iterator[str]:
    """Every bucket has a policy that denies plain HTTP, for its objects as well.

    Without one it is allowed.
    """
    arn = resource.get("arn")
    yield from _without_tls(resource, stack, f"{arn}/*" if isinstance(arn, str) else arn)


def _without_tls(resource: Resource, stack: Stack, arn: object) -> Iterator[str]:
    """Yield what is wrong where no policy of a resource denies plain HTTP for an ARN."""
    policy_type, prop = _POLICIES[resource.type]
    policies = [policy for policy in stack.of(policy_type) if policy.references(prop, resource)]
    if not policies:
        kind = policy_type.rpartition(":")[2]
        yield f"has no policy that denies requests without TLS; add a {kind}"
    elif not any(_denies_plain_http(policy, arn) for policy in policies):
        yield f"is not covered by its policy '{policies[0].name}'; deny plain HTTP for its ARN"


def _denies_plain_http(policy: Resource, arn: object = None) -> bool:
    """Whether a policy denies plain HTTP, for an ARN if it is known; an unknown policy may."""
    if isinstance(policy.get("policy"), Unknown):
        return True
    every_action = _EVERY_ACTION[policy.type]
    denials = [
        statement
        for statement in statements(policy, "Deny")
        if every_action & {*statement.actions} and _is_about_plain_http(statement)
    ]
    return any(not isinstance(arn, str) or {arn, "*"} & {*denial.resources} for denial in denials)


def _is_about_plain_http(statement: Statement) -> bool:
    """Whether a statement is about all requests without TLS, and no others."""
    condition = {
        operator: {key: str(value).lower() for key, value in operands.items()}
        for operator, operands in statement.condition.items()
    }
    without_tls = condition == {"Bool": {"aws:SecureTransport": "false"}}
    return without_tls and "*" in statement.principals and not statement.inverted


@resource_rule(types.FUNCTION_URL)
def no_public_function_urls(resource: Resource) -> Iterator[str]:
    """Function URLs require IAM authorization.

    The API is the only entry point: it throttles and logs.
    """
    if resource.get("authorizationType") in (None, "NONE"):
        yield "requires no authorization; set authorizationType to AWS_IAM"


@resource_rule(types.PERMISSION)
def permissions_name_their_source(resource: Resource) -> Iterator[str]:
    """Lambda permissions have a principal and a source ARN.

    Otherwise any account may invoke the function.
    """
    if resource.get("principal") == "*":
        yield "allows every principal to invoke its function; set principal"
    if resource.get("sourceArn") in (None, "", "*"):
        principal = resource.get("principal")
        yield f"allows {principal} to invoke its function for any account; set sourceArn"


@resource_rule(types.BUCKET, types.BUCKET_ACL, types.PUBLIC_ACCESS_BLOCK)
def no_public_buckets(resource: Resource) -> Iterator[str]:
    """Buckets block public access."""
    if (acl := resource.get("acl")) in _PUBLIC_ACLS:
        yield f"has the public ACL '{acl}'; remove it, or set it to private"
    if resource.type == types.PUBLIC_ACCESS_BLOCK and (
        missing := [key for key in _PUBLIC_ACCESS_BLOCKS if not resource.get(key)]
    ):
        yield f"does not block public access; set {' and '.join(missing)} to true"


@stack_rule(types.BUCKET)
def buckets_block_public_access(resource: Resource, stack: Stack) -> Iterator[str]:
    """Every bucket has a public access block.

    A policy or an ACL that somebody adds later then makes nothing public.
    """
    blocks = stack.of(types.PUBLIC_ACCESS_BLOCK)
    if not any(block.references("bucket", resource) for block in blocks):
        yield "has no public access block; add a BucketPublicAccessBlock"


@resource_rule(*_SECURITY_GROUPS, *_SECURITY_GROUP_RULES)
def no_open_ingress(resource: Resource) -> Iterator[str]:
    """Security groups allow no ingress from the Internet."""
    blocks = {block for block in leaves(_ingress(resource)) if isinstance(block, str)}
    for block in sorted(_EVERYWHERE & blocks):
        yield f"allows ingress from {block}; name the networks or security groups"


def _ingress(resource: Resource) -> Any:
    """Return a structure that holds the CIDR blocks of the allowed ingress."""
    if resource.type in _SECURITY_GROUPS:
        return resource.get("ingress")
    if resource.get("type") == "egress":
        return None
    return [resource.get(key) for key in _CIDR_BLOCKS]
