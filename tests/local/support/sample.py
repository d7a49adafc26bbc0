"""A small Pulumi program, for tests that need no orders."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from tooling.stackfile import StackFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HANDLER = """
import json, os, boto3

def handler(event, context):
    if "requestContext" in event:
        url, sqs = os.environ["QUEUE_URL"], boto3.client("sqs")
        sqs.send_message(QueueUrl=url, MessageBody=event["body"])
        return {"statusCode": 202, "body": json.dumps({"arn": context.invoked_function_arn})}
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    for record in event["Records"]:
        table.put_item(Item={"id": record["body"]})
    return {"batchItemFailures": []}
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def stackfile(root: Path) -> StackFile:
    """Return settings without a file."""
    return StackFile(project="sample", stack="test", config={}, root=root)


def bundle(folder: Path, *, status: int = 202) -> Path:
    """Write a zip file with the handler, which responds with a status."""
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("main.py", _HANDLER.replace("202", str(status)))
    return path


def allow(actions: list[str], resource: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return a policy with one statement."""
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}],
        }
    )


def deploy_sample(
    code: Path, *, variables: Mapping[str, str] | None = None, batch_size: int = 10
) -> None:
    """Create an HTTP API, a function, a queue that invokes it again, and a table.

    Args:
        code: The function's bundle.
        variables: Further environment variables of the function.
        batch_size: How many messages it gets at a time.
    """
    table = aws.dynamodb.Table(
        "table",
        attributes=[{"name": "id", "type": "S"}, {"name": "kind", "type": "S"}],
        hash_key="id",
        billing_mode="PAY_PER_REQUEST",
        stream_enabled=True,
        stream_view_type="NEW_AND_OLD_IMAGES",
        ttl={"attribute_name": "expires", "enabled": True},
        global_secondary_indexes=[
            {
                "name": "Kind",
                "key_schemas": [{"attribute_name": "kind", "key_type": "HASH"}],
                "projection_type": "ALL",
            }
        ],
        point_in_time_recovery={"enabled": True},
        server_side_encryption={"enabled": True},
    )
    dead = aws.sqs.Queue("dead", sqs_managed_sse_enabled=True)
    queue = aws.sqs.Queue(
        "queue",
        redrive_policy=pulumi.Output.json_dumps(
            {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}
        ),
    )
    role = aws.iam.Role("role", assume_role_policy=json.dumps(TRUST), tags={"project": "sample"})
    policies = [
        aws.iam.RolePolicy("write", role=role.name, policy=allow(["dynamodb:PutItem"], table.arn)),
        aws.iam.RolePolicy(
            "queue-access",
            role=role.name,
            policy=allow(
                [
                    "sqs:SendMessage",
                    "sqs:ReceiveMessage",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                ],
                queue.arn,
            ),
        ),
    ]
    function = aws.lambda_.Function(
        "function",
        role=role.arn,
        runtime="python3.13",
        handler="main.handler",
        architectures=["arm64"],
        memory_size=256,
        timeout=10,
        publish=True,
        code=pulumi.FileArchive(str(code)),
        environment={
            "variables": {"QUEUE_URL": queue.url, "TABLE": table.name, **(variables or {})}
        },
        tracing_config={"mode": "Active"},
        reserved_concurrent_executions=4,
        opts=pulumi.ResourceOptions(depends_on=policies),
    )
    alias = aws.lambda_.Alias(
        "live", name="live", function_name=function.name, function_version=function.version
    )
    aws.lambda_.EventSourceMapping(
        "mapping",
        function_name=alias.arn,
        event_source_arn=queue.arn,
        batch_size=batch_size,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config={"maximum_concurrency": 2},
    )
    _http_api(function, alias)
    pulumi.export("tableName", table.name)
    pulumi.export("tableStreamArn", table.stream_arn)
    pulumi.export("deadUrl", dead.url)


def _http_api(function: aws.lambda_.Function, alias: aws.lambda_.Alias) -> None:
    api = aws.apigatewayv2.Api(
        "api", protocol_type="HTTP", cors_configuration={"allow_origins": ["https://shop.example"]}
    )
    integration = aws.apigatewayv2.Integration(
        "integration",
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_uri=alias.invoke_arn,
        payload_format_version="2.0",
        timeout_milliseconds=29000,
    )
    aws.apigatewayv2.Route(
        "route",
        api_id=api.id,
        route_key="POST /things",
        target=integration.id.apply(lambda i: f"integrations/{i}"),
    )
    aws.apigatewayv2.Stage("stage", name="$default", api_id=api.id, auto_deploy=True)
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function=function.name,
        qualifier=alias.name,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
    )
    pulumi.export("thingsUrl", pulumi.Output.concat(api.api_endpoint, "/things"))
