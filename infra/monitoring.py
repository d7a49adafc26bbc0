"""Who is told when something is wrong, and where to look: ops topic, alarms, dashboards, saved queries."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra import alarms, dashboards, queries
from infra.alarms import Alarm
from infra.encryption import Encryption
from infra.naming import OPS_ALERTS, named
from infra.queue import tls_only
from infra.subjects import Subjects


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What is watched, and whom alarms reach: e-mail addresses, phone numbers (E.164), HTTPS webhooks."""

    subjects: Subjects
    encryption: Encryption
    alert_emails: Sequence[str] = ()
    alert_phone_numbers: Sequence[str] = ()
    alert_webhooks: Sequence[str] = ()


class Monitoring(pulumi.ComponentResource):
    """Alarms that ring on the ops topic, and what one needs once they ring."""

    topic: aws.sns.Topic
    dashboard_urls: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orders:index:Monitoring", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self._region = aws.get_region_output().region
        self.topic = aws.sns.Topic(
            f"{name}-topic", name=named(OPS_ALERTS), opts=self._child, **args.encryption.alarms_topic()
        )
        self._topic_policy()
        self._subscribe(args)
        for alarm in _every_alarm(args.subjects):
            self._alarm(alarm)
        self.dashboard_urls = {
            "operations": self._dashboard("operations", dashboards.operations(args.subjects, self._region)),
            "business": self._dashboard("business", dashboards.business(args.subjects, self._region)),
        }
        self._queries(args.subjects)
        self.register_outputs({"topicArn": self.topic.arn})

    def _topic_policy(self) -> None:
        account = aws.get_caller_identity_output().account_id
        from_alarms = {
            "Sid": "FromAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": self.topic.arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
        document = {"Version": "2012-10-17", "Statement": [from_alarms, tls_only("sns:Publish", self.topic.arn)]}
        aws.sns.TopicPolicy(
            f"{self._name}-topic-policy",
            arn=self.topic.arn,
            policy=pulumi.Output.json_dumps(document),
            opts=self._child,
        )

    def _subscribe(self, args: MonitoringArgs) -> None:
        receivers = {"email": args.alert_emails, "sms": args.alert_phone_numbers, "https": args.alert_webhooks}
        for protocol, endpoints in receivers.items():
            for endpoint in endpoints:
                # Named by what they reach: numbered ones would swap endpoints when the list changes, and SNS takes
                # the second of two equal subscriptions for the first, which is then deleted.
                digest = hashlib.sha256(endpoint.encode()).hexdigest()[:8]
                aws.sns.TopicSubscription(
                    f"{self._name}-{protocol}-{digest}",
                    topic=self.topic.arn,
                    protocol=protocol,
                    endpoint=endpoint,
                    opts=self._child,
                )

    def _alarm(self, alarm: Alarm) -> None:
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{alarm.label}",
            name=named(alarm.label),
            alarm_description=alarm.description,
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.threshold,
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic.arn],
            ok_actions=[self.topic.arn],
            opts=self._child,
            **alarm.watches(),
        )

    def _dashboard(self, label: str, body: dict[str, Any]) -> pulumi.Output[str]:
        dashboard = aws.cloudwatch.Dashboard(
            f"{self._name}-{label}",
            dashboard_name=named(label),
            dashboard_body=pulumi.Output.json_dumps(body),
            opts=self._child,
        )
        return pulumi.Output.format(
            "https://{0}.console.aws.amazon.com/cloudwatch/home?region={0}#dashboards/dashboard/{1}",
            self._region,
            dashboard.dashboard_name,
        )

    def _queries(self, subjects: Subjects) -> None:
        log_groups = [function.log_group_name for function in subjects.functions]
        saved = {"top-validation-errors": queries.TOP_VALIDATION_ERRORS, "one-order": queries.ONE_ORDER}
        for label, query in saved.items():
            aws.cloudwatch.QueryDefinition(
                f"{self._name}-{label}",
                name=f"{pulumi.get_project()}/{pulumi.get_stack()}/{label}",
                query_string=query,
                log_group_names=log_groups,
                opts=self._child,
            )


def _every_alarm(subjects: Subjects) -> list[Alarm]:
    return [
        *(alarm for function in subjects.functions for alarm in alarms.function_alarms(function)),
        *(alarms.dead_letter_alarm(label, name) for label, name in subjects.dead_letter_queues.items()),
        *(alarms.table_alarm(table) for table in subjects.tables),
        *alarms.gateway_alarms(subjects.gateway),
        alarms.stream_alarm(subjects.relay),
        *(alarms.queue_age_alarm(queue) for queue in subjects.queues),
        *(alarms.reputation_alarms(subjects.configuration_set) if subjects.configuration_set is not None else ()),
    ]
