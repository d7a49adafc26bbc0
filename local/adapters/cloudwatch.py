"""Log groups, alarms, dashboards and saved queries."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, blocks, renamed, same, tag_list, text

if TYPE_CHECKING:
    from local.adapters.base import Target

_ALARM = {
    "actionsEnabled", "alarmActions", "alarmDescription", "comparisonOperator", "datapointsToAlarm",
    "evaluationPeriods", "extendedStatistic", "insufficientDataActions", "metricName", "namespace", "period",
    "statistic", "threshold", "thresholdMetricId", "treatMissingData", "unit",
}  # fmt: skip
_QUERY = {
    "id": "Id",
    "expression": "Expression",
    "label": "Label",
    "returnData": "ReturnData",
    "period": "Period",
}


def _log_group(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("logs"), inputs["name"]
    client.create_log_group(
        logGroupName=name,
        tags=inputs.get("tags", {}),
        **renamed(inputs, same("kmsKeyId", "logGroupClass")),
    )
    if days := inputs.get("retentionInDays"):
        client.put_retention_policy(logGroupName=name, retentionInDays=days)
    return Created(name, {"arn": target.arn("logs", f"log-group:{name}")})


def _alarm(target: Target, inputs: Inputs) -> Created:
    name, arguments = inputs["name"], blocks(inputs, _ALARM)
    if actions := inputs.get("okActions"):
        arguments["OKActions"] = actions
    if dimensions := inputs.get("dimensions"):
        arguments["Dimensions"] = _dimensions(dimensions)
    if queries := inputs.get("metricQueries"):
        arguments["Metrics"] = [_metric_query(query) for query in queries]
    target.client("cloudwatch").put_metric_alarm(AlarmName=name, Tags=tag_list(inputs), **arguments)
    return Created(name, {"arn": target.arn("cloudwatch", f"alarm:{name}")})


def _metric_query(query: dict[str, Any]) -> dict[str, Any]:
    answer = renamed(query, _QUERY)
    if metric := query.get("metric"):
        named = renamed(metric, {"metricName": "MetricName", "namespace": "Namespace"})
        dimensions = _dimensions(metric.get("dimensions") or {})
        stat = renamed(metric, {"period": "Period", "stat": "Stat", "unit": "Unit"})
        answer["MetricStat"] = {"Metric": {**named, "Dimensions": dimensions}, **stat}
    return answer


def _dimensions(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def _dashboard(target: Target, inputs: Inputs) -> Created:
    name = inputs["dashboardName"]
    target.client("cloudwatch").put_dashboard(
        DashboardName=name, DashboardBody=text(inputs["dashboardBody"])
    )
    return Created(
        name, {"dashboardArn": f"arn:aws:cloudwatch::{target.account_id}:dashboard/{name}"}
    )


def _query_definition(target: Target, _inputs: Inputs) -> Created:
    """Give a saved query an identity and nothing else: the emulator has no place for it."""
    identifier = str(uuid.uuid4())
    arn = target.arn("logs", f"query-definition:{identifier}")
    return Created(identifier, {"arn": arn, "queryDefinitionId": identifier})


ADAPTERS = {
    "aws:cloudwatch/logGroup:LogGroup": Adapter(
        create=_log_group,
        passes=frozenset({"name", "retentionInDays", "kmsKeyId", "logGroupClass", "tags"}),
        no_meaning_locally={
            "skipDestroy": "Nothing is destroyed one by one; stopping the emulator ends all of it."
        },
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Adapter(
        create=_alarm,
        passes=frozenset(_ALARM) | {"name", "okActions", "dimensions", "metricQueries", "tags"},
    ),
    "aws:cloudwatch/dashboard:Dashboard": Adapter(
        create=_dashboard,
        passes=frozenset({"dashboardName", "dashboardBody"}),
        named_by="dashboardName",
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": Adapter(
        create=_query_definition,
        passes=frozenset({"name"}),
        no_meaning_locally=dict.fromkeys(
            ("queryString", "logGroupNames"), "The emulator saves no queries."
        ),
    ),
}
