"""Nothing but the API is reached from outside of the account."""

from collections.abc import Iterator
from typing import Any, Final

from . import kinds
from .resource import Resource, leaves
from .rule import resource_rule

_GROUPS: Final = (kinds.DEFAULT_SECURITY_GROUP, kinds.SECURITY_GROUP)
_GROUP_RULES: Final = (kinds.INGRESS_RULE, kinds.SECURITY_GROUP_RULE)
_EVERYWHERE: Final = {"0.0.0.0/0", "::/0"}
_OPEN_ACLS: Final = {"authenticated-read", "public-read", "public-read-write"}
_BLOCKS_OF_A_RULE: Final = ("cidrBlocks", "cidrIpv4", "cidrIpv6", "ipv6CidrBlocks")
_CLOSES: Final = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)


@resource_rule(kinds.FUNCTION_URL)
def no_public_function_urls(resource: Resource) -> Iterator[str]:
    """Function URLs ask for credentials."""
    if resource.at("authorizationType") in (None, "NONE"):
        yield "lets everybody invoke its function; set authorizationType to AWS_IAM"


@resource_rule(kinds.PERMISSION)
def permissions_name_their_source(resource: Resource) -> Iterator[str]:
    """A service invokes a function on behalf of one resource."""
    if resource.at("principal") == "*":
        yield "lets everybody invoke its function; set principal to the one that may"
    if resource.at("sourceArn") in (None, "", "*"):
        yield (
            f"lets {resource.at('principal')} invoke its function on behalf of any account; "
            "set sourceArn to the ARN of the one resource that may"
        )


@resource_rule(kinds.BUCKET, kinds.BUCKET_ACL, kinds.BUCKET_ACCESS)
def no_public_buckets(resource: Resource) -> Iterator[str]:
    """Buckets are closed."""
    if (acl := resource.at("acl")) in _OPEN_ACLS:
        yield f"opens a bucket with the ACL '{acl}'; leave it out, or set it to private"
    if resource.type == kinds.BUCKET_ACCESS and (
        off := [key for key in _CLOSES if not resource.at(key)]
    ):
        yield f"does not close its bucket; set {' and '.join(off)} to true"


@resource_rule(*_GROUPS, *_GROUP_RULES)
def no_open_ingress(resource: Resource) -> Iterator[str]:
    """Security groups do not let in the whole Internet."""
    let_in = {block for block in leaves(_let_in(resource)) if isinstance(block, str)}
    for block in sorted(_EVERYWHERE & let_in):
        yield f"lets in {block}; name the networks or the security groups that may connect"


def _let_in(resource: Resource) -> Any:
    """Return the networks that a resource lets in, somewhere within."""
    if resource.type in _GROUPS:
        return resource.at("ingress")
    return (
        None if resource.at("type") == "egress" else [resource.at(key) for key in _BLOCKS_OF_A_RULE]
    )
