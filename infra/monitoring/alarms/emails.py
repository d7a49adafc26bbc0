"""Alarms for emails: volume, rejected and suppressed emails, bounces and complaints."""

from typing import Final

import pulumi

from infra.email.ses import DIMENSION
from infra.monitoring.alarms.alarm import (
    HOUR,
    Alarm,
    AlarmSettings,
    Metric,
    handler_metric,
    share,
    total,
)

_PACKAGE: Final = "email"


def email_alarms(settings: AlarmSettings) -> list[Alarm]:
    """Return the alarms for volume, suppressed and permanently rejected emails."""
    rejected, sent = (handler_metric(name, _PACKAGE) for name in ("EmailsRejected", "EmailsSent"))
    return [
        Alarm(
            label="email-volume",
            severity="warning",
            summary=f"More than {settings.emails_per_hour} emails were sent in an hour.",
            runbook="email-volume",
            metrics=[sent],
            threshold=settings.emails_per_hour,
            period_seconds=HOUR,
        ),
        Alarm(
            label="email-suppressed",
            severity="warning",
            summary="Confirmation emails were not sent: a recipient had reached the hourly limit.",
            runbook="suppressed-emails",
            metrics=[handler_metric("EmailsSuppressed", _PACKAGE)],
            threshold=0,
            period_seconds=HOUR,
        ),
        Alarm(
            label="email-rejected",
            severity="warning",
            summary="More than 5 % of the confirmation emails were permanently rejected.",
            runbook="rejected-emails",
            metrics=[rejected, sent],
            expression=share(total(1), total(1, 2), minimum=settings.minimum_messages),
            threshold=5,
            evaluation_periods=settings.evaluation_periods,
            datapoints_to_alarm=settings.datapoints_to_alarm,
        ),
    ]


def reputation_alarms(configuration_set: pulumi.Input[str]) -> list[Alarm]:
    """Return the alarms for bounces and complaints, at the rates at which SES reviews an account.

    Like AWS's page, they ignore missing data: without emails the rates stay what they are.

    https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
    """

    def rate(name: str) -> list[Metric]:
        dimensions = {DIMENSION: configuration_set}
        return [
            Metric(
                namespace="AWS/SES",
                name=f"Reputation.{name}",
                dimensions=dimensions,
                statistic="Average",
            )
        ]

    return [
        Alarm(
            label="email-bounces",
            severity="warning",
            summary="Bounce rate above 5 %; at 10 % SES may pause sending for the account.",
            runbook="bounces-and-complaints",
            metrics=rate("BounceRate"),
            threshold=0.05,
            period_seconds=HOUR,
            missing_data="ignore",
        ),
        Alarm(
            label="email-complaints",
            severity="warning",
            summary="Complaint rate above 0.1 %; at 0.5 % SES may pause sending for the account.",
            runbook="bounces-and-complaints",
            metrics=rate("ComplaintRate"),
            threshold=0.001,
            period_seconds=HOUR,
            missing_data="ignore",
        ),
    ]
