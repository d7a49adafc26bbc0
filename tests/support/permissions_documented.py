"""Permissions that the emulator asks for nowhere: who needs them instead of the functions' code, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.functions import HANDLERS
from tests.support.permission_kinds import Documented, Permission

if TYPE_CHECKING:
    from infra.config import StackConfig

_DOCS: Final = "https://docs.aws.amazon.com"
_POLICIES: Final = "tests/infra/test_policies.py"
_AUTHORIZATION: Final = "tests/infra/test_service_authorization.py"
_LEVEL: Final = "test_every_action_is_allowed_for_a_resource_that_it_has"
_STREAM: Final = "test_the_relay_reads_one_stream_and_publishes_to_one_topic"


def _traces(config: StackConfig) -> bool:
    return config.tracing


def _in_a_network(config: StackConfig) -> bool:
    return config.vpc.vpc_id is not None


def _with_its_own_key(config: StackConfig) -> bool:
    return config.encryption == "customer"


def _account_role(config: StackConfig) -> bool:
    return config.gateway == "rest" and config.api_gateway_account_role


def _keys(why: str, source: str, *, sends: bool, **used: str) -> Permission:
    """What a service does with the stack's key as each function's role, for the resource named."""
    return Permission(
        on={function: (f"key/* for {resource}",) for function, resource in used.items()},
        actions=("kms:Decrypt", "kms:GenerateDataKey") if sends else ("kms:Decrypt",),
        why=why,
        proof=Documented(
            because="the emulator's services never ask KMS",
            source=_DOCS + source,
            tests=(
                "tests/infra/test_encryption.py::test_roles_use_the_key_for_what_they_use_alone",
            ),
        ),
        when=_with_its_own_key,
    )


_OBSERVE: Final = (
    Permission(
        on={function: (f"log-group:/aws/lambda/{function}:log-stream:*",) for function in HANDLERS},
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        why="Lambda writes the function's log",
        proof=Documented(
            because="the emulator writes logs on its own account",
            source=f"{_DOCS}/lambda/latest/dg/monitoring-cloudwatchlogs.html",
            tests=(f"{_POLICIES}::test_observing_is_limited_to_the_own_log",),
        ),
    ),
    Permission(
        on=dict.fromkeys(HANDLERS, ("*",)),
        actions=("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
        why="Lambda sends traces, where the stack has `tracing`",
        proof=Documented(
            because="the emulator has no X-Ray",
            source=f"{_DOCS}/lambda/latest/dg/services-xray.html",
            tests=(f"{_POLICIES}::test_observing_is_limited_to_the_own_log",),
        ),
        when=_traces,
    ),
    # One setting for all REST APIs of an account, which takes no less than this policy of AWS's.
    Permission(
        on={"apigateway": ("*",)},
        actions=("AmazonAPIGatewayPushToCloudWatchLogs",),
        why="API Gateway writes the logs of REST APIs, where the stack has `apiGatewayAccountRole`",
        proof=Documented(
            because="the emulator's REST APIs write no logs",
            source=f"{_DOCS}/apigateway/latest/developerguide/set-up-logging.html",
            tests=(f"{_POLICIES}::test_permissions_are_written_here_alone",),
        ),
        when=_account_role,
    ),
)

_POLL: Final = (
    Permission(
        on={"processor": ("orders",), "email": ("email",), "audit": ("audit",)},
        actions=("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        why="Lambda polls the function's queue",
        proof=Documented(
            because="the emulator's pollers ask nobody",
            source=f"{_DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-lambda-function-trigger.html",
            tests=(
                f"{_POLICIES}::test_a_workflow_consumes_its_own_queue",
                f"{_POLICIES}::test_who_stores_orders_can_only_put_them",
            ),
        ),
    ),
    Permission(
        on={"relay": ("table/orders/stream/*",)},
        actions=tuple(
            f"dynamodb:{a}" for a in ("DescribeStream", "GetRecords", "GetShardIterator")
        ),
        why="Lambda reads the orders table's stream",
        proof=Documented(
            because="the emulator's pollers ask nobody",
            source=f"{_DOCS}/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html",
            tests=(f"{_POLICIES}::{_STREAM}",),
        ),
    ),
    Permission(
        on={"relay": ("*",)},
        actions=("dynamodb:ListStreams",),
        why="Lambda creates the event source mapping of the orders table's stream",
        proof=Documented(
            because="the emulator's pollers ask nobody",
            source=f"{_DOCS}/service-authorization/latest/reference/list_amazondynamodb.html",
            tests=(f"{_POLICIES}::{_STREAM}", f"{_AUTHORIZATION}::{_LEVEL}"),
        ),
    ),
    Permission(
        on={"relay": ("relay-dead-letters",)},
        actions=("sqs:SendMessage",),
        why="Lambda leaves word of what the relay could not publish",
        proof=Documented(
            because="the emulator's stream mappings send there on their own account",
            source=f"{_DOCS}/lambda/latest/dg/services-dynamodb-errors.html",
            tests=(f"{_POLICIES}::{_STREAM}",),
        ),
    ),
)

_INTERFACES: Final = Documented(
    because="the emulator's functions run in no network",
    source=f"{_DOCS}/lambda/latest/dg/configuration-vpc.html",
    tests=(
        "tests/infra/vpc/test_network.py::test_roles_let_lambda_and_not_the_code_make_interfaces",
    ),
)

_NETWORK: Final = (
    Permission(
        on=dict.fromkeys(HANDLERS, ("*",)),
        actions=("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
        why="Lambda finds the function's network interfaces, where the stack has a `vpc`",
        proof=_INTERFACES,
        when=_in_a_network,
    ),
    Permission(
        on=dict.fromkeys(HANDLERS, ("*/*",)),
        actions=(
            *("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
            *("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
        ),
        why="Lambda makes and removes them",
        proof=_INTERFACES,
        when=_in_a_network,
    ),
)

_TABLES: Final = {
    **dict.fromkeys(("orders", "processor", "lookup", "relay"), "dynamodb:orders"),
    "email": "dynamodb:sent-emails",
    "audit": "dynamodb:audit-logs",
}

_ENCRYPTION: Final = (
    _keys(
        "DynamoDB decrypts the table's own key, where the stack has `encryption: customer`",
        "/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
        sends=False,
        **_TABLES,
    ),
    _keys(
        "SQS decrypts what Lambda receives",
        "/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
        sends=False,
        processor="sqs:orders",
        email="sqs:email",
        audit="sqs:audit",
    ),
    _keys(
        "SQS encrypts what is sent",
        "/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
        sends=True,
        intake="sqs:orders",
        relay="sqs:relay-dead-letters",
    ),
    _keys(
        "SNS encrypts what is published",
        "/sns/latest/dg/sns-key-management.html",
        sends=True,
        relay="sns:order-events",
    ),
)

DOCUMENTED: Final = (*_OBSERVE, *_POLL, *_NETWORK, *_ENCRYPTION)
