"""Alarms for the API: the share of 5xx and 4xx responses, and the number of requests."""

from infra.gateway.args import GatewayMetrics
from infra.monitoring.alarms.alarm import HOUR, Alarm, AlarmSettings, Metric, share, total


def gateway_alarms(gateway: GatewayMetrics, settings: AlarmSettings) -> list[Alarm]:
    """Return the alarms for error rates, and for an unusual number of requests."""

    def metrics(*names: str) -> list[Metric]:
        return [
            Metric(namespace=gateway.namespace, name=name, dimensions=gateway.dimensions)
            for name in names
        ]

    return [
        Alarm(
            label="api-server-errors",
            severity="critical",
            summary="More than 1 % of the API's requests got a 5xx response.",
            runbook="api-server-errors",
            metrics=metrics(gateway.server_errors, gateway.count),
            expression=share(total(1), "m2", minimum=settings.minimum_requests, sees_outage=True),
            threshold=1,
            evaluation_periods=settings.evaluation_periods,
            datapoints_to_alarm=settings.datapoints_to_alarm,
            essential=True,
        ),
        Alarm(
            label="api-client-errors",
            severity="warning",
            summary="More than 10 % of the API's requests got a 4xx response.",
            runbook="api-client-errors",
            metrics=metrics(gateway.client_errors, gateway.count),
            expression=share(total(1), "m2", minimum=settings.minimum_requests),
            threshold=10,
            evaluation_periods=settings.evaluation_periods,
            datapoints_to_alarm=settings.datapoints_to_alarm,
        ),
        Alarm(
            label="api-request-volume",
            severity="warning",
            summary=f"The API had more than {settings.requests_per_hour} requests in an hour.",
            runbook="request-volume",
            metrics=metrics(gateway.count),
            threshold=settings.requests_per_hour,
            period_seconds=HOUR,
        ),
    ]
