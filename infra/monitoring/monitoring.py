"""Monitoring: CloudWatch alarms with SNS topics, dashboards, Logs Insights queries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import pulumi
import pulumi_aws as aws

from infra.messaging.queue import tls_only
from infra.monitoring import dashboards
from infra.monitoring.alarms import Alarm, AlarmSettings, Severity, api, emails, functions, storage
from infra.naming import OPS_ALERTS, OPS_WARNINGS, resource_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.encryption import Encryption
    from infra.monitoring.monitored_resources import MonitoredResources

# By severity: the topic's name, and what its resources' names contain.
_TOPICS: Final[Mapping[Severity, tuple[str, str]]] = {
    "critical": (OPS_ALERTS, ""),
    "warning": (OPS_WARNINGS, "-warning"),
}


# Saved Logs Insights queries; the first reads the metrics that functions log by invalid field.
_ID: Final = "PUT-THE-ID-HERE"
_QUERIES: Final = {
    "top-validation-errors": """\
filter ispresent(ValidationErrors)
| stats sum(ValidationErrors) as occurrences by field
| sort occurrences desc
| limit 20""",
    "one-order": f"""\
fields @timestamp, component, level, message, requestId, correlationId
| filter orderId = "{_ID}" or correlationId = "{_ID}" or requestId = "{_ID}"
| sort @timestamp asc
| limit 200""",
}


@dataclass(frozen=True, kw_only=True)
class Receivers:
    """Who is notified: email addresses, phone numbers (E.164), HTTPS webhooks."""

    emails: Sequence[str]
    phone_numbers: Sequence[str]
    webhooks: Sequence[str]

    @property
    def by_protocol(self) -> Mapping[str, Sequence[str]]:
        """The endpoints by SNS protocol."""
        return {"email": self.emails, "sms": self.phone_numbers, "https": self.webhooks}


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What is monitored, how much of it, and who is notified of each severity.

    Level `essential` has only alarms that report lost or refused orders, and no dashboards.
    """

    resources: MonitoredResources
    encryption: Encryption
    level: Literal["full", "essential"]
    alarms: AlarmSettings
    receivers: Mapping[Severity, Receivers]


class Monitoring(pulumi.ComponentResource):
    """Alarms with their SNS topics, dashboards, and saved Logs Insights queries."""

    topics: dict[Severity, aws.sns.Topic]
    dashboard_urls: dict[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Monitoring", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self._region = aws.get_region_output().region
        self.topics = {severity: self._topic(severity, args) for severity in _TOPICS}
        for alarm in _alarms(args.resources, args.alarms):
            if args.level == "full" or alarm.essential:
                self._alarm(alarm)
        self.dashboard_urls = self._dashboards(args.resources) if args.level == "full" else {}
        self._queries(args.resources)
        self.register_outputs(
            {"topicArns": {severity: topic.arn for severity, topic in self.topics.items()}}
        )

    def _topic(self, severity: Severity, args: MonitoringArgs) -> aws.sns.Topic:
        suffix, infix = _TOPICS[severity]
        name = f"{self._name}{infix}"
        topic = aws.sns.Topic(
            f"{name}-topic",
            name=resource_name(suffix),
            opts=self._child,
            **args.encryption.alarm_topic_args(),
        )
        self._topic_policy(name, topic)
        self._subscribe(name, topic, args.receivers[severity])
        return topic

    def _topic_policy(self, name: str, topic: aws.sns.Topic) -> None:
        account = aws.get_caller_identity_output().account_id
        from_alarms = {
            "Sid": "FromAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic.arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
        document = {
            "Version": "2012-10-17",
            "Statement": [from_alarms, tls_only("sns:Publish", topic.arn)],
        }
        aws.sns.TopicPolicy(
            f"{name}-topic-policy",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps(document),
            opts=self._child,
        )

    def _subscribe(self, name: str, topic: aws.sns.Topic, receivers: Receivers) -> None:
        for protocol, endpoints in receivers.by_protocol.items():
            for endpoint in endpoints:
                # Named by endpoint. Numbered ones would swap endpoints when the list changes, and
                # SNS would return the existing subscription for the new one, and then delete it.
                digest = hashlib.sha256(endpoint.encode()).hexdigest()[:8]
                aws.sns.TopicSubscription(
                    f"{name}-{protocol}-{digest}",
                    topic=topic.arn,
                    protocol=protocol,
                    endpoint=endpoint,
                    opts=self._child,
                )

    def _alarm(self, alarm: Alarm) -> None:
        topic = self.topics[alarm.severity].arn
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{alarm.label}",
            name=resource_name(alarm.label),
            alarm_description=alarm.description,
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.threshold,
            evaluation_periods=alarm.evaluation_periods,
            datapoints_to_alarm=alarm.datapoints_to_alarm,
            treat_missing_data=alarm.missing_data,
            alarm_actions=[topic],
            # Warnings do not notify when they return to OK. Every new alarm goes to OK once.
            ok_actions=[topic] if alarm.severity == "critical" else [],
            opts=self._child,
            **alarm.metric_args(),
        )

    def _dashboards(self, resources: MonitoredResources) -> dict[str, pulumi.Output[str]]:
        return {
            "operations": self._dashboard(
                "operations", dashboards.operations(resources, self._region)
            ),
            "business": self._dashboard("business", dashboards.business(resources, self._region)),
        }

    def _dashboard(self, label: str, body: dict[str, Any]) -> pulumi.Output[str]:
        dashboard = aws.cloudwatch.Dashboard(
            f"{self._name}-{label}",
            # Dashboards have no region.
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
            dashboard_name=pulumi.Output.concat(resource_name(label), "-", self._region),
            dashboard_body=pulumi.Output.json_dumps(body),
            opts=self._child,
        )
        return pulumi.Output.format(
            "https://{0}.console.aws.amazon.com/cloudwatch/home?region={0}#dashboards/dashboard/{1}",
            self._region,
            dashboard.dashboard_name,
        )

    def _queries(self, resources: MonitoredResources) -> None:
        log_groups = [function.log_group_name for function in resources.functions]
        for label, query in _QUERIES.items():
            aws.cloudwatch.QueryDefinition(
                f"{self._name}-{label}",
                name=f"{pulumi.get_project()}/{pulumi.get_stack()}/{label}",
                query_string=query,
                log_group_names=log_groups,
                opts=self._child,
            )


def _alarms(resources: MonitoredResources, settings: AlarmSettings) -> list[Alarm]:
    reputation = (
        emails.reputation_alarms(resources.configuration_set)
        if resources.configuration_set is not None
        else []
    )
    return [
        *(
            alarm
            for function in resources.functions
            for alarm in functions.function_alarms(
                function,
                settings,
                stream=function is resources.relay,
            )
        ),
        *(
            storage.dead_letter_alarm(label, name)
            for label, name in resources.dead_letter_queues.items()
        ),
        *(storage.table_alarm(table) for table in resources.tables),
        *api.gateway_alarms(resources.gateway, settings),
        functions.stream_alarm(resources.relay),
        *(storage.queue_age_alarm(consumer) for consumer in resources.consumers),
        *emails.email_alarms(settings),
        *reputation,
    ]
