"""SQS queues and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, rename, text
from local.workarounds import rewrite_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.adapters.base import Target

_QUEUE = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
}


def _queue(target: Target, inputs: Inputs) -> Created:
    name = inputs["name"]
    attributes = {key: text(value) for key, value in rename(inputs, _QUEUE).items()}
    url = target.client("sqs").create_queue(
        QueueName=name, Attributes=attributes, tags=inputs.get("tags", {})
    )["QueueUrl"]
    return Created(url, {"arn": target.arn("sqs", name), "url": url})


def _attribute(key: str, name: str, rewrite: Callable[[str], str] = str) -> Adapter:
    """Return the adapter for a resource that is one attribute of a queue."""

    def create(target: Target, inputs: Inputs) -> Created:
        url = inputs["queueUrl"]
        target.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={name: rewrite(text(inputs[key]))}
        )
        return Created(url, {})

    return Adapter(create=create, forwarded_inputs=frozenset({"queueUrl", key}), name_input=None)


ADAPTERS = {
    "aws:sqs/queue:Queue": Adapter(
        create=_queue, forwarded_inputs=frozenset(_QUEUE) | {"name", "tags"}
    ),
    "aws:sqs/queuePolicy:QueuePolicy": _attribute("policy", "Policy", rewrite_policy),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _attribute(
        "redriveAllowPolicy", "RedriveAllowPolicy"
    ),
}
