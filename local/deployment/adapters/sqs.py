"""SQS queues and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    deletes,
    rename,
    retagged,
    text,
    written_again,
)
from local.deployment.workarounds import rewrite_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_QUEUE = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
}

# What a queue has where the program no longer gives a setting.
_DEFAULTS = {
    "visibilityTimeoutSeconds": "30",
    "messageRetentionSeconds": "345600",
    "receiveWaitTimeSeconds": "0",
    "redrivePolicy": "",
    "sqsManagedSseEnabled": "true",
    "kmsMasterKeyId": "",
    "kmsDataKeyReusePeriodSeconds": "300",
}
# Of messages that are visible, in flight and delayed.
_COUNTS = "ApproximateNumberOfMessages"


def _queue(target: Target, inputs: Inputs) -> Created:
    name = inputs["name"]
    attributes = {key: text(value) for key, value in rename(inputs, _QUEUE).items()}
    url = target.client("sqs").create_queue(
        QueueName=name, Attributes=attributes, tags=inputs.get("tags", {})
    )["QueueUrl"]
    return Created(url, _outputs(target, name, url))


def _outputs(target: Target, name: str, url: str) -> dict[str, str]:
    return {"arn": target.arn("sqs", name), "url": url}


def _update_queue(target: Target, queue: Resource, inputs: Inputs) -> dict[str, str]:
    client = target.client("sqs")
    unset = {_QUEUE[name]: value for name, value in _DEFAULTS.items() if name in queue.inputs}
    attributes = unset | {key: text(value) for key, value in rename(inputs, _QUEUE).items()}
    client.set_queue_attributes(QueueUrl=queue.id, Attributes=attributes)
    added, removed = retagged(queue, inputs)
    if added:
        client.tag_queue(QueueUrl=queue.id, Tags=added)
    if removed:
        client.untag_queue(QueueUrl=queue.id, TagKeys=removed)
    return _outputs(target, inputs["name"], queue.id)


def _messages(target: Target, queue: Resource, _inputs: Inputs) -> str | None:
    attributes = target.client("sqs").get_queue_attributes(
        QueueUrl=queue.id, AttributeNames=["All"]
    )["Attributes"]
    counts = (value for name, value in attributes.items() if name.startswith(_COUNTS))
    return "messages" if any(map(int, counts)) else None


def _attribute(key: str, name: str, rewrite: Callable[[str], str] = str) -> Adapter:
    """Return the adapter for a resource that is one attribute of a queue."""

    def create(target: Target, inputs: Inputs) -> Created:
        url = inputs["queueUrl"]
        target.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={name: rewrite(text(inputs[key]))}
        )
        return Created(url, {})

    def delete(target: Target, resource: Resource) -> None:
        url = resource.inputs["queueUrl"]
        target.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={name: ""})

    return Adapter(
        create=create,
        **written_again(create),
        delete=delete,
        forwarded_inputs=frozenset({"queueUrl", key}),
        fixed_inputs=frozenset({"queueUrl"}),
        name_input=None,
    )


ADAPTERS = {
    "aws:sqs/queue:Queue": Adapter(
        create=_queue,
        update=_update_queue,
        delete=deletes("sqs", "delete_queue", {"id": "QueueUrl"}),
        data=_messages,
        forwarded_inputs=frozenset(_QUEUE) | {"name", "tags"},
        fixed_inputs=frozenset({"name"}),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": _attribute("policy", "Policy", rewrite_policy),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _attribute(
        "redriveAllowPolicy", "RedriveAllowPolicy"
    ),
}
