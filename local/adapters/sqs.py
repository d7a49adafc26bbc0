"""SQS queues and what is attached to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, renamed, text
from local.workarounds import rewrite_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.adapters.base import Target

_QUEUE = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "delaySeconds": "DelaySeconds",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
}


def _queue(target: Target, inputs: Inputs) -> Created:
    name = inputs["name"]
    attributes = {key: text(value) for key, value in renamed(inputs, _QUEUE).items()}
    if policy := inputs.get("policy"):
        attributes["Policy"] = rewrite_policy(text(policy))
    answer = target.client("sqs").create_queue(
        QueueName=name, Attributes=attributes, tags=inputs.get("tags", {})
    )
    url = answer["QueueUrl"]
    return Created(url, {"arn": target.arn("sqs", name), "url": url})


def _attribute(key: str, name: str, rewrite: Callable[[str], str] = str) -> Adapter:
    """Adapt a resource that is one attribute of a queue."""

    def create(target: Target, inputs: Inputs) -> Created:
        attributes = {name: rewrite(text(inputs[key]))}
        target.client("sqs").set_queue_attributes(
            QueueUrl=inputs["queueUrl"], Attributes=attributes
        )
        return Created(inputs["queueUrl"], {})

    return Adapter(create=create, passes=frozenset({"queueUrl", key}), named_by=None)


ADAPTERS = {
    "aws:sqs/queue:Queue": Adapter(
        create=_queue, passes=frozenset(_QUEUE) | {"name", "policy", "tags"}
    ),
    "aws:sqs/queuePolicy:QueuePolicy": _attribute("policy", "Policy", rewrite_policy),
    "aws:sqs/redrivePolicy:RedrivePolicy": _attribute("redrivePolicy", "RedrivePolicy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _attribute(
        "redriveAllowPolicy", "RedriveAllowPolicy"
    ),
}
