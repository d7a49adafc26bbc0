"""SNS topics, their policies and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    deletes,
    rename,
    retagged,
    tag_list,
    text,
    written_again,
)
from local.deployment.workarounds import rewrite_policy

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_SUBSCRIPTION = {"rawMessageDelivery": "RawMessageDelivery", "redrivePolicy": "RedrivePolicy"}


def _topic(target: Target, inputs: Inputs) -> Created:
    attributes = rename(inputs, {"kmsMasterKeyId": "KmsMasterKeyId"})
    arn = target.client("sns").create_topic(
        Name=inputs["name"], Attributes=attributes, Tags=tag_list(inputs)
    )["TopicArn"]
    return Created(arn, {"arn": arn, "owner": target.account_id})


def _update_topic(target: Target, topic: Resource, inputs: Inputs) -> dict[str, str]:
    client = target.client("sns")
    key = inputs.get("kmsMasterKeyId") or ""
    client.set_topic_attributes(
        TopicArn=topic.id, AttributeName="KmsMasterKeyId", AttributeValue=key
    )
    added, removed = retagged(topic, inputs)
    if added:
        client.tag_resource(ResourceArn=topic.id, Tags=tag_list({"tags": added}))
    if removed:
        client.untag_resource(ResourceArn=topic.id, TagKeys=removed)
    return {"arn": topic.id, "owner": target.account_id}


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
    return Created(arn, _subscription_outputs(target, arn))


def _subscription_outputs(target: Target, arn: str) -> dict[str, Any]:
    return {"arn": arn, "ownerId": target.account_id, "pendingConfirmation": False}


def _update_subscription(target: Target, subscription: Resource, inputs: Inputs) -> dict[str, Any]:
    for name, attribute in _SUBSCRIPTION.items():
        if inputs.get(name) != subscription.inputs.get(name):
            target.client("sns").set_subscription_attributes(
                SubscriptionArn=subscription.id,
                AttributeName=attribute,
                AttributeValue=text(inputs.get(name, "")),
            )
    return _subscription_outputs(target, subscription.id)


ADAPTERS = {
    "aws:sns/topic:Topic": Adapter(
        create=_topic,
        update=_update_topic,
        delete=deletes("sns", "delete_topic", {"id": "TopicArn"}),
        forwarded_inputs=frozenset({"name", "kmsMasterKeyId", "tags"}),
        fixed_inputs=frozenset({"name"}),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Adapter(
        create=_topic_policy,
        **written_again(_topic_policy),
        forwarded_inputs=frozenset({"arn", "policy"}),
        fixed_inputs=frozenset({"arn"}),
        name_input=None,
    ),
    "aws:sns/topicSubscription:TopicSubscription": Adapter(
        create=_subscription,
        update=_update_subscription,
        delete=deletes("sns", "unsubscribe", {"id": "SubscriptionArn"}),
        fixed_inputs=frozenset({"topic", "protocol", "endpoint"}),
        forwarded_inputs=frozenset(_SUBSCRIPTION) | {"topic", "protocol", "endpoint"},
        name_input=None,
    ),
}
