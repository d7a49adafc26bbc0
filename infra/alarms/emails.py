"""Alarms for emails: volume, and the sender's reputation."""

from typing import Final

import pulumi

from infra.alarms.alarm import HOUR, Alarm, AlarmSettings, Metric, own_metric
from infra.ses import DIMENSION

_PACKAGE: Final = "email"


def email_alarms(settings: AlarmSettings) -> list[Alarm]:
    """Return the alarms for the emails that the email function sends."""
    return [
        Alarm(
            label="email-volume",
            severity="warning",
            summary=f"More than {settings.emails_per_hour} confirmation emails were sent in an hour.",
            runbook="email-volume",
            metrics=[own_metric("EmailsSent", _PACKAGE)],
            threshold=settings.emails_per_hour,
            period_seconds=HOUR,
        ),
    ]


def reputation_alarms(configuration_set: pulumi.Input[str]) -> list[Alarm]:
    """Return the alarms for bounces and complaints, at the rates at which AWS reviews an account.

    https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
    """

    def rate(name: str) -> list[Metric]:
        dimensions = {DIMENSION: configuration_set}
        return [Metric(namespace="AWS/SES", name=f"Reputation.{name}", dimensions=dimensions, statistic="Average")]

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
            summary="More than 0.1 % of recent emails were called spam; at 0.5 % AWS may stop the account's emails.",
            runbook="bounces-and-complaints",
            metrics=rate("ComplaintRate"),
            threshold=0.001,
            period_seconds=HOUR,
        ),
    ]
