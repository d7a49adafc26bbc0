"""Alarms for emails: volume, refused and suppressed emails, and the sender's reputation."""

from typing import Final

import pulumi

from infra.email.ses import DIMENSION
from infra.monitoring.alarms.alarm import (
    HOUR,
    Alarm,
    AlarmSettings,
    Metric,
    own_metric,
    share,
    total,
)

_PACKAGE: Final = "email"


def email_alarms(settings: AlarmSettings) -> list[Alarm]:
    """Return the alarms for the emails that the email function sends, does not send, or cannot deliver."""
    rejected, sent = (own_metric(name, _PACKAGE) for name in ("EmailsRejected", "EmailsSent"))
    return [
        Alarm(
            label="email-volume",
            severity="warning",
            summary=f"More than {settings.emails_per_hour} confirmation emails were sent in an hour.",
            runbook="email-volume",
            metrics=[sent],
            threshold=settings.emails_per_hour,
            period_seconds=HOUR,
        ),
        Alarm(
            label="email-suppressed",
            severity="warning",
            summary="Confirmation emails were not sent because a recipient had reached the hourly limit.",
            runbook="suppressed-emails",
            metrics=[own_metric("EmailsSuppressed", _PACKAGE)],
            threshold=0,
            period_seconds=HOUR,
        ),
        Alarm(
            label="email-rejected",
            severity="warning",
            summary="More than 5 % of the confirmation emails were permanently refused.",
            runbook="rejected-emails",
            metrics=[rejected, sent],
            expression=share(total(1), total(1, 2), minimum=settings.minimum_messages),
            threshold=5,
            evaluation_periods=settings.evaluation_periods,
            datapoints_to_alarm=settings.datapoints_to_alarm,
        ),
    ]


def reputation_alarms(configuration_set: pulumi.Input[str]) -> list[Alarm]:
    """Return the alarms for bounces and complaints, at the rates at which AWS reviews an account.

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
            summary="More than 5 % of recent emails bounced; at 10 % AWS may stop the account's emails.",
            runbook="bounces-and-complaints",
            metrics=rate("BounceRate"),
            threshold=0.05,
            period_seconds=HOUR,
        ),
        Alarm(
            label="email-complaints",
            severity="warning",
            summary="More than 0.1 % of recent emails were marked as spam; at 0.5 % AWS may stop the account's emails.",
            runbook="bounces-and-complaints",
            metrics=rate("ComplaintRate"),
            threshold=0.001,
            period_seconds=HOUR,
        ),
    ]
