"""What the small adapters create is in the emulator, with what it was given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from tests.local.support import gateways, sample

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator import Emulator
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


def test_keys(emulator: Emulator, run: Run) -> None:
    """A key rotates, is found by its alias, and has the policy it was given last."""

    def program() -> None:
        key = aws.kms.Key(
            "key",
            description="orders",
            enable_key_rotation=True,
            rotation_period_in_days=180,
            deletion_window_in_days=7,
            policy='{"Version": "2012-10-17", "Statement": []}',
            tags={"project": "sample"},
        )
        alias = aws.kms.Alias("orders", target_key_id=key.key_id)
        aws.kms.KeyPolicy("key", key_id=key.key_id, policy=_KEY_POLICY)
        pulumi.export("key", key.arn)
        pulumi.export("alias", alias.name)
        pulumi.export("target", alias.target_key_arn)

    outputs, kms = run(program), emulator.client("kms")
    key = kms.describe_key(KeyId=outputs["alias"])["KeyMetadata"]
    assert outputs["alias"].startswith("alias/orders-")
    assert key["Arn"] == outputs["key"] == outputs["target"]
    assert key["Description"] == "orders"
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["RotationPeriodInDays"] == 180
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == _KEY_POLICY
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [
        {"TagKey": "project", "TagValue": "sample"}
    ]


def test_a_key_may_be_made_for_later(emulator: Emulator, run: Run) -> None:
    """A disabled key is there and disabled."""

    def program() -> None:
        pulumi.export("key", aws.kms.Key("later", is_enabled=False).key_id)

    key = emulator.client("kms").describe_key(KeyId=run(program)["key"])["KeyMetadata"]
    assert key["Enabled"] is False


def test_what_is_encrypted_names_its_key(emulator: Emulator, run: Run) -> None:
    """Queues, topics, log groups, tables and secrets all pass the key on."""

    def program() -> None:
        key = aws.kms.Key("data")
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
        logs = aws.cloudwatch.LogGroup(
            "data", kms_key_id=key.arn, log_group_class="INFREQUENT_ACCESS"
        )
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
    logs = emulator.client("logs").describe_log_groups(logGroupNamePrefix=outputs["logs"])[
        "logGroups"
    ][0]
    assert (logs["kmsKeyId"], logs["logGroupClass"]) == (key, "INFREQUENT_ACCESS")


def test_contributor_insights(emulator: Emulator, run: Run) -> None:
    """A table's, and an index's of it, are switched on."""

    def program() -> None:
        table = aws.dynamodb.Table(
            "watched",
            attributes=[{"name": "id", "type": "S"}, {"name": "kind", "type": "S"}],
            hash_key="id",
            billing_mode="PAY_PER_REQUEST",
            global_secondary_indexes=[
                {"name": "Kind", "hash_key": "kind", "projection_type": "ALL"}
            ],
        )
        whole = aws.dynamodb.ContributorInsights("table", table_name=table.name)
        aws.dynamodb.ContributorInsights("index", table_name=table.name, index_name="Kind")
        pulumi.export("table", table.name)
        pulumi.export("id", whole.id)

    outputs, dynamodb = run(program), emulator.client("dynamodb")
    assert outputs["id"] == f"name:{outputs['table']}/000000000000"
    for index in ({}, {"IndexName": "Kind"}):
        described = dynamodb.describe_contributor_insights(TableName=outputs["table"], **index)
        assert described["ContributorInsightsStatus"] == "ENABLED"


def test_mail(emulator: Emulator, run: Run) -> None:
    """A configuration set reports to a topic, and an identity hands out what its owner has to publish."""

    def program() -> None:
        topic = aws.sns.Topic("mail-events")
        mail = aws.sesv2.ConfigurationSet(
            "mail",
            configuration_set_name="confirmations",
            delivery_options={"tls_policy": "REQUIRE"},
            reputation_options={"reputation_metrics_enabled": True},
            suppression_options={"suppressed_reasons": ["BOUNCE", "COMPLAINT"]},
            tags={"project": "sample"},
        )
        aws.sesv2.ConfigurationSetEventDestination(
            "mail",
            configuration_set_name=mail.configuration_set_name,
            event_destination_name="topic",
            event_destination={
                "enabled": True,
                "matching_event_types": ["BOUNCE", "COMPLAINT"],
                "sns_destination": {"topic_arn": topic.arn},
            },
        )
        identity = aws.sesv2.EmailIdentity(
            "mail",
            email_identity="mail.example.com",
            configuration_set_name=mail.configuration_set_name,
            dkim_signing_attributes={"next_signing_key_length": "RSA_2048_BIT"},
        )
        pulumi.export("topic", topic.arn)
        pulumi.export("set", mail.arn)
        pulumi.export("tokens", identity.dkim_signing_attributes.tokens)

    outputs, ses = run(program), emulator.client("sesv2")
    made = ses.get_configuration_set(ConfigurationSetName="confirmations")
    assert made["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert made["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    assert outputs["set"] == "arn:aws:ses:us-east-1:000000000000:configuration-set/confirmations"
    events = ses.get_configuration_set_event_destinations(ConfigurationSetName="confirmations")[
        "EventDestinations"
    ]
    assert [event["SnsDestination"] for event in events] == [{"TopicArn": outputs["topic"]}]
    identity = ses.get_email_identity(EmailIdentity="mail.example.com")
    assert outputs["tokens"] == identity["DkimAttributes"]["Tokens"]


def test_a_function_with_everything(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    """In a VPC, snapshotted, with a key, and with copies kept ready: it is so, and it still runs."""
    code = gateways.bundle(tmp_path)

    def program() -> None:
        role = aws.iam.Role("ready", assume_role_policy=json.dumps(sample.TRUST))
        aws.iam.RolePolicyAttachment("ready", role=role.name, policy_arn=_VPC_ACCESS)
        group = aws.ec2.SecurityGroup("ready")
        function = aws.lambda_.Function(
            "ready",
            role=role.arn,
            runtime="python3.13",
            handler="main.handler",
            publish=True,
            code=pulumi.FileArchive(str(code)),
            vpc_config={"subnet_ids": ["subnet-00000001"], "security_group_ids": [group.id]},
            snap_start={"apply_on": "PublishedVersions"},
            kms_key_arn=_KEY,
            environment={"variables": {"A": "b"}},
        )
        alias = aws.lambda_.Alias(
            "live",
            name="live",
            function_name=function.name,
            function_version=function.version,
            routing_config={"additional_version_weights": {"2": 0.1}},
        )
        aws.lambda_.ProvisionedConcurrencyConfig(
            "ready",
            function_name=function.name,
            qualifier=alias.name,
            provisioned_concurrent_executions=2,
        )
        _window(function)
        pulumi.export("function", function.name)
        pulumi.export("role", role.name)

    outputs, client = run(program), emulator.client("lambda")
    name = outputs["function"]
    made = client.get_function_configuration(FunctionName=name)
    assert made["VpcConfig"]["SubnetIds"] == ["subnet-00000001"]
    assert (made["SnapStart"]["ApplyOn"], made["KMSKeyArn"]) == ("PublishedVersions", _KEY)
    ready = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    assert ready["RequestedProvisionedConcurrentExecutions"] == 2
    mapping = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"][0]
    assert mapping["MaximumBatchingWindowInSeconds"] == 5
    answer = client.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
    assert json.loads(answer["Payload"].read())["statusCode"] == 200
    alias = client.get_alias(FunctionName=name, Name="live")
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}
    attached = emulator.client("iam").list_attached_role_policies(RoleName=outputs["role"])[
        "AttachedPolicies"
    ]
    assert [policy["PolicyArn"] for policy in attached] == [_VPC_ACCESS]


_VPC_ACCESS = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
_KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-1111-1111-1111-111111111111"


def _window(function: aws.lambda_.Function) -> None:
    queue = aws.sqs.Queue("window")
    aws.lambda_.EventSourceMapping(
        "window",
        function_name=function.name,
        event_source_arn=queue.arn,
        batch_size=100,
        maximum_batching_window_in_seconds=5,
    )


def test_sampling_rules(run: Run) -> None:
    """A stack that is traced deploys: its sampling rule gets the ARN that AWS would give, though nothing is traced."""

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
