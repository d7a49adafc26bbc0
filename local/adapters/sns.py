"""SNS topics, their policies and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, renamed, tag_list, text
from local.workarounds import rewrite_policy

if TYPE_CHECKING:
    from local.adapters.base import Target

_TOPIC = {
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "signatureVersion": "SignatureVersion",
    "deliveryPolicy": "DeliveryPolicy",
}
_SUBSCRIPTION = {
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "deliveryPolicy": "DeliveryPolicy",
}


def _topic(target: Target, inputs: Inputs) -> Created:
    attributes = _attributes(renamed(inputs, _TOPIC))
    if policy := inputs.get("policy"):
        attributes["Policy"] = rewrite_policy(text(policy))
    answer = target.client("sns").create_topic(
        Name=inputs["name"], Attributes=attributes, Tags=tag_list(inputs)
    )
    arn = answer["TopicArn"]
    return Created(arn, {"arn": arn, "owner": target.account_id})


def _topic_policy(target: Target, inputs: Inputs) -> Created:
    target.client("sns").set_topic_attributes(
        TopicArn=inputs["arn"],
        AttributeName="Policy",
        AttributeValue=rewrite_policy(text(inputs["policy"])),
    )
    return Created(inputs["arn"], {"owner": target.account_id})


def _subscription(target: Target, inputs: Inputs) -> Created:
    answer = target.client("sns").subscribe(
        TopicArn=inputs["topic"],
        Protocol=inputs["protocol"],
        Endpoint=inputs["endpoint"],
        Attributes=_attributes(renamed(inputs, _SUBSCRIPTION)),
        ReturnSubscriptionArn=True,
    )
    arn = answer["SubscriptionArn"]
    return Created(arn, {"arn": arn, "ownerId": target.account_id, "pendingConfirmation": False})


def _attributes(values: dict[str, Any]) -> dict[str, str]:
    return {name: text(value) for name, value in values.items()}


ADAPTERS = {
    "aws:sns/topic:Topic": Adapter(
        create=_topic,
        passes=frozenset(_TOPIC) | {"name", "policy", "tags"},
        no_meaning_locally={"tracingConfig": "X-Ray is not emulated."},
    ),
    "aws:sns/topicPolicy:TopicPolicy": Adapter(
        create=_topic_policy, passes=frozenset({"arn", "policy"}), named_by=None
    ),
    "aws:sns/topicSubscription:TopicSubscription": Adapter(
        create=_subscription,
        passes=frozenset(_SUBSCRIPTION) | {"topic", "protocol", "endpoint"},
        no_meaning_locally={
            "endpointAutoConfirms": "The engine waits for a confirmation by it; here nobody waits.",
            "confirmationTimeoutInMinutes": "The engine waits so long; here nobody waits.",
        },
        named_by=None,
    ),
}
