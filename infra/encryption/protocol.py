"""What the rest of the program may ask of whoever encrypts."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pulumi
import pulumi_aws as aws


class Encryption(Protocol):
    """What each kind of resource is encrypted with, and what a role needs besides to use it.

    The first five return arguments of the resource that they are named after; the others return statements of a role's
    policy, none where the resource's own permission is enough.
    """

    def table(self) -> Mapping[str, Any]:
        """Return the arguments that encrypt a table."""
        ...

    def queue(self) -> Mapping[str, Any]:
        """Return the arguments that encrypt a queue."""
        ...

    def events_topic(self) -> Mapping[str, Any]:
        """Return the arguments that encrypt the topic of the order events."""
        ...

    def alarms_topic(self) -> Mapping[str, Any]:
        """Return the arguments that encrypt a topic that alarms publish to."""
        ...

    def log_group(self) -> Mapping[str, Any]:
        """Return the arguments that encrypt a log group."""
        ...

    def to_use_table(self, table: aws.dynamodb.Table) -> Sequence[Mapping[str, Any]]:
        """Return what a role needs to read or write a table, or to read its stream."""
        ...

    def to_send(self, queue: aws.sqs.Queue) -> Sequence[Mapping[str, Any]]:
        """Return what a role needs to send to a queue."""
        ...

    def to_receive(self, queue: aws.sqs.Queue) -> Sequence[Mapping[str, Any]]:
        """Return what a role needs to receive from a queue."""
        ...

    def to_publish(self, topic: aws.sns.Topic) -> Sequence[Mapping[str, Any]]:
        """Return what a role needs to publish to a topic."""
        ...

    def outputs(self) -> Mapping[str, pulumi.Output[str]]:
        """Return what the stack tells of its keys."""
        ...
