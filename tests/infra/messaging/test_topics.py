"""SNS topics: topic policies, subscriptions, undeliverable messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.support.mock_responses import ACCOUNT
from tests.infra.support.policies import refuses_plain_http, statements

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph, Resource

# The topics that alarms publish to, with the key of their receivers.
_ALARM_TOPICS = {"ops-alerts": "alerts", "ops-warnings": "warnings"}
_PROTOCOLS = {"emails": "email", "phoneNumbers": "sms", "webhooks": "https"}


def _subscriptions(graph: Graph, topic: Resource) -> list[Resource]:
    return [
        subscription
        for subscription in graph.all(aws.sns.TopicSubscription)
        if subscription["topic"] == topic.arn
    ]


def _policy(graph: Graph, topic: Resource) -> Resource:
    (match,) = (policy for policy in graph.all(aws.sns.TopicPolicy) if policy["arn"] == topic.arn)
    return match


def test_every_workflow_has_raw_message_delivery(graph: Graph) -> None:
    """Every workflow's queue has one subscription with raw message delivery.

    The order queue has none.
    """
    subscriptions = _subscriptions(graph, graph.named(aws.sns.Topic, "order-events"))
    work = {
        queue["name"]: queue.arn
        for queue in graph.all(aws.sqs.Queue)
        if "redrivePolicy" in queue.inputs
    }
    assert (work.pop(f"{graph.prefix}orders", None) is not None) is (
        graph.config("ingestion") == "queued"
    )
    assert sorted(s["endpoint"] for s in subscriptions) == sorted(work.values())
    for subscription in subscriptions:
        assert subscription["protocol"] == "sqs", subscription
        assert subscription["rawMessageDelivery"] is True, subscription


def test_what_sns_cannot_deliver_is_a_dead_letter_of_its_queue(graph: Graph) -> None:
    """A subscription's dead-letter queue is that of its queue, and both allow the topic to send."""
    topic = graph.named(aws.sns.Topic, "order-events")
    policies = {policy["queueUrl"]: policy for policy in graph.all(aws.sqs.QueuePolicy)}
    for subscription in _subscriptions(graph, topic):
        target = subscription.document("redrivePolicy")["deadLetterTargetArn"]
        assert (
            target
            == graph.by_arn(subscription["endpoint"]).document("redrivePolicy")[
                "deadLetterTargetArn"
            ]
        )
        for arn in (target, subscription["endpoint"]):
            allowed = [
                s
                for s in statements(policies[graph.by_arn(arn).outputs["url"]])
                if s.effect == "Allow"
            ]
            assert [s.condition for s in allowed] == [
                {"ArnEquals": {"aws:SourceArn": topic.arn}}
            ], arn


def test_subscriptions_wait_for_queue_policies(graph: Graph) -> None:
    """A subscription depends on the policies of its queues."""
    policies = {policy["queueUrl"]: policy.urn for policy in graph.all(aws.sqs.QueuePolicy)}
    for subscription in _subscriptions(graph, graph.named(aws.sns.Topic, "order-events")):
        queue = graph.by_arn(subscription["endpoint"])
        dead = graph.by_arn(subscription.document("redrivePolicy")["deadLetterTargetArn"])
        assert {
            policies[queue.outputs["url"]],
            policies[dead.outputs["url"]],
        } <= subscription.depends_on, subscription


def test_every_topic_denies_requests_without_tls(graph: Graph) -> None:
    """Every topic denies publishing without TLS."""
    for topic in graph.all(aws.sns.Topic):
        assert refuses_plain_http(_policy(graph, topic), topic.arn), topic


def test_the_topic_of_events_is_encrypted(graph: Graph) -> None:
    """Order events are encrypted at rest."""
    assert graph.named(aws.sns.Topic, "order-events")["kmsMasterKeyId"]


@pytest.mark.parametrize("name", _ALARM_TOPICS)
def test_alarm_topics_do_not_use_the_aws_managed_key(graph: Graph, name: str) -> None:
    """An alarm topic does not use `alias/aws/sns`, which CloudWatch may not use."""
    assert graph.named(aws.sns.Topic, name).inputs.get("kmsMasterKeyId") != "alias/aws/sns"


@pytest.mark.parametrize("name", _ALARM_TOPICS)
def test_only_alarms_of_this_account_publish_to_their_topics(graph: Graph, name: str) -> None:
    """The policy of an alarm topic allows only CloudWatch of this account to publish."""
    topic = graph.named(aws.sns.Topic, name)
    (allowed,) = (s for s in statements(_policy(graph, topic)) if s.effect != "Deny")
    assert allowed.principal == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed.actions == {"sns:Publish"}
    assert allowed.resources == {topic.arn}
    assert allowed.condition == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_no_topic_policy_allows_publishing_events(graph: Graph) -> None:
    """No topic policy allows publishing order events; the relay's role does."""
    topic = graph.named(aws.sns.Topic, "order-events")
    assert all(statement.effect == "Deny" for statement in statements(_policy(graph, topic)))


def test_alarm_topics_have_the_configured_receivers(graph: Graph) -> None:
    """Exactly the configured receivers are subscribed to the alarm topics."""
    for name, key in _ALARM_TOPICS.items():
        topic = graph.named(aws.sns.Topic, name)
        subscribed = {(each["protocol"], each["endpoint"]) for each in _subscriptions(graph, topic)}
        assert subscribed == {
            (_PROTOCOLS[kind], each)
            for kind, receivers in graph.config(key).items()
            for each in receivers
        }


def test_alarms_are_sent_by_email_sms_and_https(customised: Graph) -> None:
    """Email addresses, phone numbers and webhooks are subscribed with their protocols."""
    test_alarm_topics_have_the_configured_receivers(customised)
    assert len(_subscriptions(customised, customised.named(aws.sns.Topic, "ops-alerts"))) == 6


def test_warnings_have_receivers_of_their_own(customised: Graph) -> None:
    """Receivers of critical alarms get no warnings, and no warning is sent by SMS."""
    warned = _subscriptions(customised, customised.named(aws.sns.Topic, "ops-warnings"))
    endpoints = {(each["protocol"], each["endpoint"]) for each in warned}
    chat = ("https", "https://chat.shop-orders.net/x")
    assert endpoints == {("email", "c@shop-orders.net"), ("email", "d@shop-orders.net"), chat}
