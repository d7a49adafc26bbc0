"""Log groups, alarms, dashboards and saved Logs Insights queries."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise,
    capitalise_inputs,
    deletes,
    rename,
    retagged,
    same_names,
    tag_list,
    text,
    without,
    written_again,
)

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_ALARM = {
    *("alarmActions", "alarmDescription", "comparisonOperator", "datapointsToAlarm"),
    *("evaluationPeriods", "metricName", "namespace", "period", "statistic", "threshold"),
    "treatMissingData",
}


def _log_group(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("logs"), inputs["name"]
    optional = rename(inputs, same_names("kmsKeyId", "tags"))
    client.create_log_group(logGroupName=name, **optional)
    if days := inputs.get("retentionInDays"):
        client.put_retention_policy(logGroupName=name, retentionInDays=days)
    return Created(name, {"arn": target.arn("logs", f"log-group:{name}")})


def _update_log_group(target: Target, group: Resource, inputs: Inputs) -> dict[str, str]:
    """Change a log group, but for its key: the emulator has no AssociateKmsKey."""
    client, name = target.client("logs"), group.id
    if days := inputs.get("retentionInDays"):
        client.put_retention_policy(logGroupName=name, retentionInDays=days)
    elif group.inputs.get("retentionInDays"):
        client.delete_retention_policy(logGroupName=name)
    added, removed = retagged(group, inputs)
    if added:
        client.tag_resource(resourceArn=group.outputs["arn"], tags=added)
    if removed:
        client.untag_resource(resourceArn=group.outputs["arn"], tagKeys=removed)
    return group.outputs


def alarm_arguments(inputs: Inputs) -> dict[str, Any]:
    """Return the arguments of PutMetricAlarm, without the tags."""
    arguments = {"AlarmName": inputs["name"], **capitalise_inputs(inputs, _ALARM)}
    if actions := inputs.get("okActions"):
        arguments["OKActions"] = actions
    if dimensions := inputs.get("dimensions"):
        arguments["Dimensions"] = _dimensions(dimensions)
    if queries := inputs.get("metricQueries"):
        arguments["Metrics"] = [_metric_query(query) for query in queries]
    return arguments


def _alarm(target: Target, inputs: Inputs) -> Created:
    name = inputs["name"]
    target.client("cloudwatch").put_metric_alarm(Tags=tag_list(inputs), **alarm_arguments(inputs))
    return Created(name, {"arn": target.arn("cloudwatch", f"alarm:{name}")})


def _delete_alarm(target: Target, alarm: Resource) -> None:
    target.client("cloudwatch").delete_alarms(AlarmNames=[alarm.id])


def _metric_query(query: dict[str, Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = capitalise(without(query, "metric"))
    if block := query.get("metric"):
        dimensions = _dimensions(block.get("dimensions") or {})
        metric = {**capitalise_inputs(block, {"metricName", "namespace"}), "Dimensions": dimensions}
        stat = capitalise(without(block, "metricName", "namespace", "dimensions"))
        arguments["MetricStat"] = {"Metric": metric, **stat}
    return arguments


def _dimensions(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def _dashboard(target: Target, inputs: Inputs) -> Created:
    name = inputs["dashboardName"]
    target.client("cloudwatch").put_dashboard(
        DashboardName=name, DashboardBody=text(inputs["dashboardBody"])
    )
    arn = f"arn:aws:cloudwatch::{target.account_id}:dashboard/{name}"
    return Created(name, {"dashboardArn": arn})


def _delete_dashboard(target: Target, dashboard: Resource) -> None:
    target.client("cloudwatch").delete_dashboards(DashboardNames=[dashboard.id])


def _query_definition(target: Target, _inputs: Inputs) -> Created:
    """Return an identity alone: the emulator stores no saved queries."""
    identifier = str(uuid.uuid4())
    arn = target.arn("logs", f"query-definition:{identifier}")
    return Created(identifier, {"arn": arn, "queryDefinitionId": identifier})


ADAPTERS = {
    "aws:cloudwatch/logGroup:LogGroup": Adapter(
        create=_log_group,
        update=_update_log_group,
        delete=deletes("logs", "delete_log_group", {"id": "logGroupName"}),
        fixed_inputs=frozenset({"name"}),
        forwarded_inputs=frozenset({"name", "retentionInDays", "kmsKeyId", "tags"}),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Adapter(
        create=_alarm,
        **written_again(_alarm),
        delete=_delete_alarm,
        fixed_inputs=frozenset({"name"}),
        forwarded_inputs=frozenset(_ALARM)
        | {"name", "okActions", "dimensions", "metricQueries", "tags"},
    ),
    "aws:cloudwatch/dashboard:Dashboard": Adapter(
        create=_dashboard,
        **written_again(_dashboard),
        delete=_delete_dashboard,
        fixed_inputs=frozenset({"dashboardName"}),
        forwarded_inputs=frozenset({"dashboardName", "dashboardBody"}),
        name_input="dashboardName",
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": Adapter(
        create=_query_definition,
        forwarded_inputs=frozenset({"name"}),
        ignored_inputs=dict.fromkeys(
            ("queryString", "logGroupNames"), "The emulator stores no saved queries."
        ),
    ),
}
