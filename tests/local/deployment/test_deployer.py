"""The deployer creates a program's resources, or names what it does not know."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pulumi
import pulumi_aws as aws
import pytest
from botocore.exceptions import ClientError

from local.deployment.adapters import ADAPTERS, Target
from local.deployment.deployer import deploy
from local.deployment.properties import plain
from tests.local.support import sample
from tests.support.polling import eventually
from tooling.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.emulator import Emulator
    from tests.local.conftest import Run


def test_deploys_a_program_that_works(emulator: Emulator, tmp_path: Path) -> None:
    """A request over HTTP is in the table in the end, with every policy enforced."""
    code, resources = sample.bundle(tmp_path), list[str]()
    outputs = deploy(
        emulator,
        sample.stackfile(tmp_path),
        function=lambda: sample.deploy_sample(code),
        progress=lambda kind, name: resources.append(f"{kind} {name}"),
    )
    assert "aws:dynamodb/table:Table table" in resources
    assert outputs["tableStreamArn"].startswith(
        "arn:aws:dynamodb:us-east-1:000000000000:table/table-"
    )
    response = httpx.post(
        outputs["thingsUrl"], content="first", headers={"Content-Type": "text/plain"}
    )
    assert response.status_code == 202
    scan = emulator.client("dynamodb").scan
    items = eventually(lambda: scan(TableName=outputs["tableName"])["Items"], "the item")
    assert items == [{"id": {"S": "first"}}]


def test_an_unknown_type_is_named(run: Run) -> None:
    """A resource type without an adapter is an error."""
    with pytest.raises(UserError, match=r"aws:kinesis/stream:Stream has no local adapter"):
        run(lambda: aws.kinesis.Stream("clicks"))


def test_an_unknown_input_is_named(run: Run) -> None:
    """An unknown input is an error with type, resource and property."""
    with pytest.raises(
        UserError, match=r"^aws:sns/topic:Topic 'events': .* does not pass on archivePolicy\.$"
    ):
        run(lambda: aws.sns.Topic("events", archive_policy="{}"))


def test_an_error_of_the_emulator_is_named(run: Run) -> None:
    """An error of the emulator names the resource."""
    with pytest.raises(
        UserError,
        match=r"^aws:sqs/redriveAllowPolicy:RedriveAllowPolicy 'dead': .*NonExistentQueue",
    ):
        run(
            lambda: aws.sqs.RedriveAllowPolicy(
                "dead", queue_url="http://x/1/none", redrive_allow_policy="{}"
            )
        )


def test_an_unknown_data_source_is_named(run: Run) -> None:
    """A data source without a result is an error."""
    with pytest.raises(UserError, match=r"getAvailabilityZones has no local result"):
        run(aws.get_availability_zones)


def test_a_missing_bundle_is_named(run: Run, tmp_path: Path) -> None:
    """The error names the file that is missing."""

    def program(code: pulumi.Archive) -> None:
        aws.lambda_.Function(
            "fn", role="arn:aws:iam::000000000000:role/r", runtime="python3.13", code=code
        )

    with pytest.raises(
        UserError, match=r"'fn-[0-9a-f]{7}' has no bundle: there is no file .*none\.zip"
    ):
        run(lambda: program(pulumi.FileArchive(str(tmp_path / "none.zip"))))
    with pytest.raises(UserError, match="must get its code from a zip file"):
        run(lambda: program(pulumi.AssetArchive({})))


def test_data_sources(run: Run) -> None:
    """Data sources return the emulator's account, region and partition."""

    def program() -> None:
        pulumi.export("account", aws.get_caller_identity().account_id)
        pulumi.export("region", aws.get_region().region)
        pulumi.export("partition", aws.get_partition().partition)

    assert run(program) == {"account": "000000000000", "region": "us-east-1", "partition": "aws"}


def test_components_pass_through(run: Run) -> None:
    """Nothing is created for a component."""

    def program() -> None:
        parent = pulumi.ComponentResource("orders:index:Thing", "thing", {})
        pulumi.export(
            "name",
            aws.sqs.Queue("child", name="child", opts=pulumi.ResourceOptions(parent=parent)).name,
        )

    assert run(program) == {"name": "child"}


def test_secrets_and_whole_numbers_arrive_as_boto3_wants_them() -> None:
    """Secrets are plain values, and whole numbers are integers."""
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "value": "hush",
    }
    assert plain({"a": secret, "b": [3.0, 0.5], "c": None, "d": True}) == {
        "a": "hush",
        "b": [3, 0.5],
        "d": True,
    }


def test_every_ignored_input_has_a_reason() -> None:
    """Every ignored input has a sentence that gives the reason."""
    reasons = [
        reason for adapter in ADAPTERS.values() for reason in adapter.ignored_inputs.values()
    ]
    assert reasons
    assert all(reason.endswith(".") for reason in reasons)


def test_resources_have_the_settings_of_the_program(emulator: Emulator, run: Run) -> None:
    """Queues, topics, subscriptions, alarms, log groups and dashboards have the given settings."""
    outputs = run(_messaging_and_monitoring)
    alarms = emulator.client("cloudwatch").describe_alarms(AlarmNames=["errors", "depth"])[
        "MetricAlarms"
    ]
    assert {alarm["AlarmName"] for alarm in alarms} == {"errors", "depth"}
    subscriptions = emulator.client("sns").list_subscriptions_by_topic(TopicArn=outputs["topic"])[
        "Subscriptions"
    ]
    assert {item["Protocol"] for item in subscriptions} == {"email", "sqs"}
    attributes = emulator.client("sqs").get_queue_attributes(
        QueueUrl=outputs["queue"], AttributeNames=["All"]
    )
    assert attributes["Attributes"]["VisibilityTimeout"] == "70"
    assert json.loads(attributes["Attributes"]["RedrivePolicy"])["maxReceiveCount"] == 3
    assert (
        emulator.client("logs").describe_log_groups(logGroupNamePrefix="/orders")["logGroups"][0][
            "retentionInDays"
        ]
        == 7
    )
    assert (
        emulator.client("cloudwatch").get_dashboard(DashboardName="operations")["DashboardBody"]
        == '{"widgets": []}'
    )


def test_metric_math_is_passed_on() -> None:
    """The call has the expressions, which the emulator does not store."""
    arguments: dict[str, Any] = {}
    target = Target(
        client=lambda _: SimpleNamespace(put_metric_alarm=arguments.update),
        url="",
        region="r",
        account_id="1",
    )
    metric = {
        "metricName": "Errors",
        "namespace": "AWS/Lambda",
        "period": 300,
        "stat": "Sum",
        "dimensions": {"a": "b"},
    }
    queries = [
        {"id": "rate", "expression": "e * 100", "returnData": True},
        {"id": "e", "metric": metric},
    ]
    ADAPTERS["aws:cloudwatch/metricAlarm:MetricAlarm"].create(
        target, {"name": "errors", "metricQueries": queries}
    )
    stat = {
        "Metric": {
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Dimensions": [{"Name": "a", "Value": "b"}],
        }
    }
    assert arguments["Metrics"] == [
        {"Id": "rate", "Expression": "e * 100", "ReturnData": True},
        {"Id": "e", "MetricStat": {**stat, "Period": 300, "Stat": "Sum"}},
    ]


def test_the_emulator_still_saves_no_queries(emulator: Emulator) -> None:
    """Once this fails, the adapter can forward saved queries."""
    with pytest.raises(ClientError, match="Unknown action: PutQueryDefinition"):
        emulator.client("logs").put_query_definition(name="one", queryString="fields @message")


def _messaging_and_monitoring() -> None:
    aws.sesv2.EmailIdentity("sender", email_identity="orders@example.com")
    topic = aws.sns.Topic("topic")
    aws.sns.TopicPolicy("policy", arn=topic.arn, policy=sample.allow(["sns:Publish"], topic.arn))
    dead = aws.sqs.Queue("dead")
    redrive = pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})
    queue = aws.sqs.Queue("work", visibility_timeout_seconds=70, redrive_policy=redrive)
    allowed = pulumi.Output.json_dumps(
        {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
    )
    aws.sqs.RedriveAllowPolicy("allow", queue_url=dead.url, redrive_allow_policy=allowed)
    aws.sqs.QueuePolicy(
        "policy", queue_url=queue.url, policy=sample.allow(["sqs:SendMessage"], queue.arn)
    )
    aws.sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint="ops@example.com")
    aws.sns.TopicSubscription(
        "work",
        topic=topic.arn,
        protocol="sqs",
        endpoint=queue.arn,
        raw_message_delivery=True,
    )
    _monitoring(topic)
    pulumi.export("topic", topic.arn)
    pulumi.export("queue", queue.url)


def _monitoring(topic: aws.sns.Topic) -> None:
    aws.cloudwatch.LogGroup(
        "logs", name="/orders/fn", retention_in_days=7, tags={"project": "shop"}
    )
    metric: aws.cloudwatch.MetricAlarmMetricQueryMetricArgsDict = {
        "metric_name": "Errors",
        "namespace": "AWS/Lambda",
        "period": 300,
        "stat": "Sum",
        "dimensions": {"FunctionName": "fn"},
    }
    aws.cloudwatch.MetricAlarm(
        "errors",
        name="errors",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        threshold=5,
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
        metric_queries=[
            {
                "id": "rate",
                "expression": "errors * 100",
                "label": "Error rate",
                "return_data": True,
            },
            {"id": "errors", "metric": metric},
        ],
    )
    aws.cloudwatch.MetricAlarm(
        "depth",
        name="depth",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        threshold=0,
        metric_name="ApproximateNumberOfMessagesVisible",
        namespace="AWS/SQS",
        period=60,
        statistic="Maximum",
        dimensions={"QueueName": "dead"},
    )
    aws.cloudwatch.Dashboard(
        "operations", dashboard_name="operations", dashboard_body='{"widgets": []}'
    )
    aws.cloudwatch.QueryDefinition(
        "one", name="one-order", query_string="fields @message", log_group_names=["/orders/fn"]
    )
