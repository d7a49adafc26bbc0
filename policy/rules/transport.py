"""Queues and topics are reached over TLS alone."""

from collections.abc import Iterator
from typing import Final

from . import kinds
from .documents import Statement, statements
from .resource import Resource, Unknown
from .rule import Stack, resource_rule, stack_rule

# Kind -> its policies, and the property by which they name it.
_POLICIES: Final = {
    kinds.QUEUE: (kinds.QUEUE_POLICY, "queueUrl"),
    kinds.TOPIC: (kinds.TOPIC_POLICY, "arn"),
}
# Policy -> the actions that stand for whatever one may want of what it is about.
_EVERYTHING: Final = {
    kinds.QUEUE_POLICY: {"*", "sqs:*"},
    kinds.TOPIC_POLICY: {"*", "sns:*", "sns:Publish"},
}


@resource_rule(kinds.QUEUE_POLICY, kinds.TOPIC_POLICY)
def policies_refuse_plain_http(resource: Resource) -> Iterator[str]:
    """Policies of queues and topics refuse what does not come over TLS."""
    if not _refuses_plain_http(resource):
        yield (
            "lets requests in that do not come over TLS; deny every principal with the condition "
            "Bool aws:SecureTransport false"
        )


@stack_rule(kinds.QUEUE, kinds.TOPIC)
def queues_and_topics_tls_only(resource: Resource, stack: Stack) -> Iterator[str]:
    """Every queue and every topic has a policy that refuses plain HTTP."""
    kind, prop = _POLICIES[resource.type]
    own = [policy for policy in stack.of(kind) if policy.refers(prop, resource)]
    if not own:
        yield f"has no policy that refuses requests without TLS; add a {kind.rpartition(':')[2]}"
    elif not any(_refuses_plain_http(policy, resource.at("arn")) for policy in own):
        yield f"is not what its policy '{own[0].name}' refuses plain HTTP for; deny it for the ARN of this one"


def _refuses_plain_http(policy: Resource, arn: object = None) -> bool:
    """Whether a policy does, for an ARN where one is given; a policy that is not known yet may."""
    if isinstance(policy.at("policy"), Unknown):
        return True
    everything = _EVERYTHING[policy.type]
    denials = [
        each
        for each in statements(policy, "Deny")
        if everything & {*each.actions} and _is_without_tls(each)
    ]
    return any(not isinstance(arn, str) or {arn, "*"} & {*each.resources} for each in denials)


def _is_without_tls(statement: Statement) -> bool:
    """Whether it is about everybody who comes without TLS, and about nobody else."""
    condition = {
        operator: {key: str(value).lower() for key, value in operands.items()}
        for operator, operands in statement.condition.items()
    }
    without_tls = condition == {"Bool": {"aws:SecureTransport": "false"}}
    return without_tls and "*" in statement.principals and not statement.inverted
