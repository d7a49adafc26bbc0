"""Adapters: the emulator has each resource with the settings that the program gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from tests.local.support import gateways, sample

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.emulator import Emulator
    from tests.local.conftest import Run

_KEY_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
)
_VPC_ACCESS = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


def _key(name: str) -> aws.kms.Key:
    return aws.kms.Key(
        name,
        description="orders",
        enable_key_rotation=True,
        deletion_window_in_days=7,
        policy=_KEY_POLICY,
        tags={"project": "sample"},
    )


def test_keys(emulator: Emulator, run: Run) -> None:
    """A key rotates, has its alias and its policy."""

    def program() -> None:
        key = _key("key")
        alias = aws.kms.Alias("orders", name="alias/orders", target_key_id=key.key_id)
        pulumi.export("key", key.arn)
        pulumi.export("target", alias.target_key_arn)

    outputs, kms = run(program), emulator.client("kms")
    key = kms.describe_key(KeyId="alias/orders")["KeyMetadata"]
    assert key["Arn"] == outputs["key"] == outputs["target"]
    assert key["Description"] == "orders"
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == _KEY_POLICY
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [
        {"TagKey": "project", "TagValue": "sample"}
    ]


def test_encrypted_resources_have_their_key(emulator: Emulator, run: Run) -> None:
    """Queues, topics, log groups and tables pass the key on."""

    def program() -> None:
        key = _key("data")
        queue = aws.sqs.Queue(
            "data", kms_master_key_id=key.arn, kms_data_key_reuse_period_seconds=600
        )
        topic = aws.sns.Topic("data", kms_master_key_id=key.arn)
        table = aws.dynamodb.Table(
            "data",
            attributes=[{"name": "id", "type": "S"}],
            hash_key="id",
            billing_mode="PAY_PER_REQUEST",
            server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
        )
        logs = aws.cloudwatch.LogGroup("data", kms_key_id=key.arn)
        for name, value in {
            "key": key.arn,
            "queue": queue.url,
            "topic": topic.arn,
            "table": table.name,
            "logs": logs.name,
        }.items():
            pulumi.export(name, value)

    outputs = run(program)
    key = outputs["key"]
    queue = emulator.client("sqs").get_queue_attributes(
        QueueUrl=outputs["queue"], AttributeNames=["All"]
    )["Attributes"]
    assert (queue["KmsMasterKeyId"], queue["KmsDataKeyReusePeriodSeconds"]) == (key, "600")
    topic = emulator.client("sns").get_topic_attributes(TopicArn=outputs["topic"])["Attributes"]
    assert topic["KmsMasterKeyId"] == key
    table = emulator.client("dynamodb").describe_table(TableName=outputs["table"])["Table"]
    assert table["SSEDescription"]["KMSMasterKeyArn"] == key
    (logs,) = emulator.client("logs").describe_log_groups(logGroupNamePrefix=outputs["logs"])[
        "logGroups"
    ]
    assert logs["kmsKeyId"] == key


def test_contributor_insights(emulator: Emulator, run: Run) -> None:
    """Contributor Insights are enabled for a table and for an index."""

    def program() -> None:
        table = aws.dynamodb.Table(
            "watched",
            attributes=[{"name": "id", "type": "S"}, {"name": "kind", "type": "S"}],
            hash_key="id",
            billing_mode="PAY_PER_REQUEST",
            global_secondary_indexes=[
                {
                    "name": "Kind",
                    "key_schemas": [{"attribute_name": "kind", "key_type": "HASH"}],
                    "projection_type": "ALL",
                }
            ],
        )
        insights = aws.dynamodb.ContributorInsights("table", table_name=table.name)
        aws.dynamodb.ContributorInsights("index", table_name=table.name, index_name="Kind")
        pulumi.export("table", table.name)
        pulumi.export("id", insights.id)

    outputs, dynamodb = run(program), emulator.client("dynamodb")
    assert outputs["id"] == f"name:{outputs['table']}/000000000000"
    for index in ({}, {"IndexName": "Kind"}):
        insights = dynamodb.describe_contributor_insights(TableName=outputs["table"], **index)
        assert insights["ContributorInsightsStatus"] == "ENABLED"


def test_ses(emulator: Emulator, run: Run) -> None:
    """A configuration set reports its events, and an identity has the DKIM tokens to publish."""

    def program() -> None:
        configuration = aws.sesv2.ConfigurationSet(
            "mail",
            configuration_set_name="confirmations",
            delivery_options={"tls_policy": "REQUIRE"},
            reputation_options={"reputation_metrics_enabled": True},
            tags={"project": "sample"},
        )
        aws.sesv2.ConfigurationSetEventDestination(
            "mail",
            configuration_set_name=configuration.configuration_set_name,
            event_destination_name="topic",
            event_destination={
                "enabled": True,
                "matching_event_types": ["BOUNCE", "COMPLAINT"],
                "sns_destination": {"topic_arn": aws.sns.Topic("mail-events").arn},
            },
        )
        identity = aws.sesv2.EmailIdentity(
            "mail",
            email_identity="mail.example.com",
            configuration_set_name=configuration.configuration_set_name,
            dkim_signing_attributes={"next_signing_key_length": "RSA_2048_BIT"},
        )
        pulumi.export("set", configuration.arn)
        pulumi.export("tokens", identity.dkim_signing_attributes.tokens)

    outputs, ses = run(program), emulator.client("sesv2")
    configuration = ses.get_configuration_set(ConfigurationSetName="confirmations")
    assert configuration["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert outputs["set"] == "arn:aws:ses:us-east-1:000000000000:configuration-set/confirmations"
    (destination,) = ses.get_configuration_set_event_destinations(
        ConfigurationSetName="confirmations"
    )["EventDestinations"]
    assert destination["MatchingEventTypes"] == ["BOUNCE", "COMPLAINT"]
    identity = ses.get_email_identity(EmailIdentity="mail.example.com")
    assert outputs["tokens"] == identity["DkimAttributes"]["Tokens"]


def test_a_function_in_a_vpc(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """A function with SnapStart and provisioned concurrency has its settings and runs."""
    code = gateways.bundle(tmp_path)

    def program() -> None:
        role = aws.iam.Role("ready", assume_role_policy=json.dumps(sample.TRUST))
        aws.iam.RolePolicyAttachment("ready", role=role.name, policy_arn=_VPC_ACCESS)
        group = aws.ec2.SecurityGroup("ready", description="ready", vpc_id="vpc-00000001")
        function = aws.lambda_.Function(
            "ready",
            role=role.arn,
            runtime="python3.13",
            handler="main.handler",
            publish=True,
            code=pulumi.FileArchive(str(code)),
            vpc_config={"subnet_ids": ["subnet-00000001"], "security_group_ids": [group.id]},
            snap_start={"apply_on": "PublishedVersions"},
            environment={"variables": {"A": "b"}},
        )
        alias = aws.lambda_.Alias(
            "live", name="live", function_name=function.name, function_version=function.version
        )
        aws.lambda_.ProvisionedConcurrencyConfig(
            "ready",
            function_name=function.name,
            qualifier=alias.name,
            provisioned_concurrent_executions=2,
        )
        aws.lambda_.EventSourceMapping(
            "window",
            function_name=function.name,
            event_source_arn=aws.sqs.Queue("window").arn,
            batch_size=100,
            maximum_batching_window_in_seconds=5,
        )
        pulumi.export("function", function.name)
        pulumi.export("role", role.name)

    outputs, client = run(program), emulator.client("lambda")
    name = outputs["function"]
    configuration = client.get_function_configuration(FunctionName=name)
    assert configuration["VpcConfig"]["SubnetIds"] == ["subnet-00000001"]
    assert configuration["SnapStart"]["ApplyOn"] == "PublishedVersions"
    provisioned = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    assert provisioned["RequestedProvisionedConcurrentExecutions"] == 2
    mapping = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"][0]
    assert mapping["MaximumBatchingWindowInSeconds"] == 5
    response = client.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
    assert json.loads(response["Payload"].read())["statusCode"] == 200
    attached = emulator.client("iam").list_attached_role_policies(RoleName=outputs["role"])[
        "AttachedPolicies"
    ]
    assert [policy["PolicyArn"] for policy in attached] == [_VPC_ACCESS]


def test_sampling_rules(run: Run) -> None:
    """A sampling rule gets the ARN that AWS would give, though nothing is traced."""

    def program() -> None:
        rule = aws.xray.SamplingRule(
            "rule",
            rule_name="sample-dev",
            priority=5000,
            reservoir_size=0,
            fixed_rate=0.05,
            service_name="sample-dev-*",
            service_type="*",
            resource_arn="*",
            host="*",
            http_method="*",
            url_path="*",
            version=1,
            tags={"project": "sample"},
        )
        pulumi.export("rule", rule.arn)

    assert run(program)["rule"].endswith(":sampling-rule/sample-dev")
