"""Alarms for Lambda functions: errors, failed messages, throttles, duration, iterator age."""

from infra.functions.function import Function
from infra.monitoring.alarms.alarm import (
    FIVE_MINUTES,
    MINUTE,
    Alarm,
    AlarmSettings,
    Metric,
    Severity,
    handler_metric,
    share,
    total,
)


def function_alarms(function: Function, settings: AlarmSettings, *, stream: bool) -> list[Alarm]:
    """Return the alarms of a function; queues and a `stream` keep what a throttle delays."""
    alarms = [
        _error_alarm(function, settings, sees_outage=stream),
        _throttle_alarm(function, "critical" if function.synchronous else "warning"),
        Alarm(
            label=f"{function.package}-duration",
            severity="warning",
            summary=f"The {function.package} function ran for more than 80 % of its timeout of "
            f"{function.timeout_seconds} s.",
            runbook="function-duration",
            metrics=[_metric(function, "Duration", "Maximum")],
            threshold=0.8 * function.timeout_seconds * 1000,
        ),
    ]
    if function.failure_metric and function.success_metrics:
        alarms.append(_failed_message_alarm(function, function.failure_metric, settings))
    return alarms


def _error_alarm(function: Function, settings: AlarmSettings, *, sees_outage: bool) -> Alarm:
    """Return the alarm for failed invocations, as a share of all.

    Behind the API an invocation is a request. Those with response 500 or 503 do not fail as
    invocations, so the handler's metric is added.
    """
    metrics = [_metric(function, "Invocations"), _metric(function, "Errors")]
    if function.failure_metric and not function.success_metrics:
        metrics.append(handler_metric(function.failure_metric, function.package))
    failed = total(*range(2, len(metrics) + 1))
    return Alarm(
        label=f"{function.package}-errors",
        severity="critical",
        summary=f"More than 5 % of the {function.package} function's invocations failed.",
        runbook="function-errors",
        metrics=metrics,
        expression=share(
            failed, "m1", minimum=settings.minimum_invocations, sees_outage=sees_outage
        ),
        threshold=5,
        evaluation_periods=settings.evaluation_periods,
        datapoints_to_alarm=settings.datapoints_to_alarm,
    )


def _failed_message_alarm(
    function: Function, failure_metric: str, settings: AlarmSettings
) -> Alarm:
    """Return the alarm for failed messages, as a share of the messages that the function handled.

    Both count deliveries: a message can fail three times. A duplicate counts for neither
    (docs/adr/0029).
    """
    names = [failure_metric, *function.success_metrics]
    handled = total(*range(1, len(names) + 1))
    return Alarm(
        label=f"{function.package}-failed-messages",
        severity="critical",
        summary=f"More than 5 % of the {function.package} function's messages failed.",
        runbook="failed-messages",
        metrics=[handler_metric(name, function.package) for name in names],
        expression=share(total(1), handled, minimum=settings.minimum_messages),
        threshold=5,
        evaluation_periods=settings.evaluation_periods,
        datapoints_to_alarm=settings.datapoints_to_alarm,
    )


def _throttle_alarm(function: Function, severity: Severity) -> Alarm:
    return Alarm(
        label=f"{function.package}-throttles",
        severity=severity,
        summary=f"Invocations of the {function.package} function were throttled.",
        runbook="function-throttles",
        metrics=[_metric(function, "Throttles")],
        threshold=0,
        period_seconds=MINUTE,
    )


def stream_alarm(relay: Function) -> Alarm:
    """Return the alarm for the iterator age of the relay."""
    return Alarm(
        label=f"{relay.package}-iterator-age",
        severity="warning",
        summary="The relay is more than 5 minutes behind the orders table's stream.",
        runbook="stream-iterator-age",
        metrics=[_metric(relay, "IteratorAge", "Maximum")],
        threshold=FIVE_MINUTES * 1000,
        essential=True,
    )


def _metric(function: Function, name: str, statistic: str = "Sum") -> Metric:
    return Metric(
        namespace="AWS/Lambda",
        name=name,
        dimensions={"FunctionName": function.name},
        statistic=statistic,
    )
