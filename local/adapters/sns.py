"""SNS topics, their policies and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, rename, tag_list, text
from local.workarounds import rewrite_policy

if TYPE_CHECKING:
    from local.adapters.base import Target

_SUBSCRIPTION = {"rawMessageDelivery": "RawMessageDelivery", "redrivePolicy": "RedrivePolicy"}


def _topic(target: Target, inputs: Inputs) -> Created:
    attributes = rename(inputs, {"kmsMasterKeyId": "KmsMasterKeyId"})
    arn = target.client("sns").create_topic(
        Name=inputs["name"], Attributes=attributes, Tags=tag_list(inputs)
    )["TopicArn"]
    return Created(arn, {"arn": arn, "owner": target.account_id})


def _topic_policy(target: Target, inputs: Inputs) -> Created:
    policy = rewrite_policy(text(inputs["policy"]))
    target.client("sns").set_topic_attributes(
        TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=policy
    )
    return Created(inputs["arn"], {"owner": target.account_id})


def _subscription(target: Target, inputs: Inputs) -> Created:
    attributes = rename(inputs, _SUBSCRIPTION)
    arn = target.client("sns").subscribe(
        TopicArn=inputs["topic"],
        Protocol=inputs["protocol"],
        Endpoint=inputs["endpoint"],
        Attributes={name: text(value) for name, value in attributes.items()},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Created(arn, {"arn": arn, "ownerId": target.account_id, "pendingConfirmation": False})


ADAPTERS = {
    "aws:sns/topic:Topic": Adapter(
        create=_topic, forwarded_inputs=frozenset({"name", "kmsMasterKeyId", "tags"})
    ),
    "aws:sns/topicPolicy:TopicPolicy": Adapter(
        create=_topic_policy, forwarded_inputs=frozenset({"arn", "policy"}), name_input=None
    ),
    "aws:sns/topicSubscription:TopicSubscription": Adapter(
        create=_subscription,
        forwarded_inputs=frozenset(_SUBSCRIPTION) | {"topic", "protocol", "endpoint"},
        name_input=None,
    ),
}
