"""Every IAM permission of every role in every kind of stack, with what shows that it is needed.

`CODE` is what the functions' code calls. The emulator checks these permissions, and an end-to-end
test removes each of them. `SERVICES` is what AWS services do as a function's role. The emulator
does not check these; AWS's documentation names them. `docs/permissions.md` is generated from both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from handlers.common.contract import CUSTOMER_INDEX
from tests.support.functions import HANDLERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.config import StackConfig


class RoleAction(NamedTuple):
    """One action of a role on a resource: the last part of an ARN, without the stack's prefix."""

    role: str  # a function, by its package, or an AWS service
    action: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Actions of one or more roles, each on its own resources, in the stacks where `when` holds."""

    resources: Mapping[str, tuple[str, ...]]
    actions: tuple[str, ...]
    use: str
    when: Callable[[StackConfig], bool] = lambda _: True

    def role_actions(self) -> Iterator[RoleAction]:
        """Each role with each action on each resource."""
        for role, resources in self.resources.items():
            for action in self.actions:
                yield from (RoleAction(role, action, resource) for resource in resources)


@dataclass(frozen=True, kw_only=True)
class CodePermission(Permission):
    """What a function's code needs to call an operation; the tests of one stack remove it."""

    operation: str
    stack: Literal["direct", "queued"]


@dataclass(frozen=True, kw_only=True)
class ServicePermission(Permission):
    """What an AWS service needs, why the emulator does not check it, and who says so."""

    unchecked: str
    source: str
    tests: tuple[str, ...]


# Actions whose operations have other names.
_BATCH_OPERATIONS: Final = {
    "sns:Publish": "PublishBatch",
    "dynamodb:PartiQLInsert": "BatchExecuteStatement",
}


def _code(
    function: str,
    action: str,
    *resources: str,
    use: str,
    stack: Literal["direct", "queued"] = "direct",
    when: Callable[[StackConfig], bool] = lambda _: True,
) -> CodePermission:
    operation = _BATCH_OPERATIONS.get(action, action.partition(":")[2])
    return CodePermission(
        resources={function: resources},
        actions=(action,),
        use=use,
        when=when,
        operation=operation,
        stack=stack,
    )


_PUT: Final = "dynamodb:PutItem"
_INSERT: Final = "dynamodb:PartiQLInsert"
_ORDERS: Final = "table/orders"
_EMAILS: Final = "table/sent-emails"

CODE: Final = (
    _code("orders", _PUT, _ORDERS, use="stores an order, unless its ID is taken"),
    _code("intake", "sqs:SendMessage", "orders", use="queues an order", stack="queued"),
    _code("processor", _PUT, _ORDERS, use="stores an order, unless it is there", stack="queued"),
    _code("lookup", "dynamodb:GetItem", _ORDERS, use="reads an order"),
    _code("lookup", "dynamodb:Query", f"{_ORDERS}/index/{CUSTOMER_INDEX}", use="lists orders"),
    _code("relay", "sns:Publish", "order-events", use="publishes orders, ten in a call"),
    _code("audit", _INSERT, "table/audit-logs", use="writes records, unless they are there"),
    _code("email", _INSERT, _EMAILS, use="creates idempotency records, counts first emails"),
    _code("email", "dynamodb:UpdateItem", _EMAILS, use="completes a record, counts more emails"),
    _code("email", "dynamodb:DeleteItem", _EMAILS, use="deletes the record when sending fails"),
    _code(
        "email",
        "ses:SendEmail",
        *("identity/*", "configuration-set/email"),
        use="sends, where the stack has no `smtp`",
        when=lambda config: config.smtp is None,
    ),
    _code(
        "email",
        "secretsmanager:GetSecretValue",
        "secret:*",
        use="reads the mail server's credentials, where the stack has `smtp`",
        stack="queued",
        when=lambda config: config.smtp is not None,
    ),
)

_DOCS: Final = "https://docs.aws.amazon.com"
_TABLE_TEST: Final = (
    "tests/infra/test_permissions_table.py::test_the_table_is_what_the_policies_say"
)
_INTERFACES_TEST: Final = (
    "tests/infra/vpc/test_network.py::test_only_lambda_manages_network_interfaces"
)
_AUTHORIZATION_TEST: Final = (
    "tests/infra/test_service_authorization.py"
    "::test_every_action_is_allowed_for_a_resource_that_it_has"
)


def _uses_key(use: str, page: str, *actions: str, **resources: str) -> ServicePermission:
    """What a service does with the stack's KMS key as a function's role, for a resource."""
    return ServicePermission(
        resources={function: (f"key/* for {name}",) for function, name in resources.items()},
        actions=actions,
        use=use,
        unchecked="the emulator's services do not call KMS",
        source=_DOCS + page,
        tests=("tests/infra/test_encryption.py::test_roles_use_the_key_for_their_resources_only",),
        when=lambda config: config.encryption == "customer",
    )


def _has_interfaces(use: str, resource: str, *actions: str) -> ServicePermission:
    """What Lambda does to network interfaces as every function's role."""
    return ServicePermission(
        resources=dict.fromkeys(HANDLERS, (resource,)),
        actions=actions,
        use=use,
        unchecked="the emulator's functions run in no VPC",
        source=f"{_DOCS}/lambda/latest/dg/configuration-vpc.html",
        tests=(_INTERFACES_TEST,),
        when=lambda config: config.vpc is not None,
    )


def _relays(
    use: str, *actions: str, resource: str, page: str, tests: tuple[str, ...] = ()
) -> ServicePermission:
    """What Lambda does as the relay's role."""
    return ServicePermission(
        resources={"relay": (resource,)},
        actions=actions,
        use=use,
        unchecked="the emulator's event source mappings check no permission",
        source=_DOCS + page,
        tests=(_TABLE_TEST, *tests),
    )


SERVICES: Final = (
    ServicePermission(
        resources={name: (f"log-group:/aws/lambda/{name}:log-stream:*",) for name in HANDLERS},
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        use="Lambda writes the function's log",
        unchecked="the emulator writes logs without the role",
        source=f"{_DOCS}/lambda/latest/dg/monitoring-cloudwatchlogs.html",
        tests=(_TABLE_TEST,),
    ),
    ServicePermission(
        resources=dict.fromkeys(("orders", "intake", "lookup"), ("*",)),
        actions=("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
        use="Lambda sends traces, where `traceSampling` is not 0",
        unchecked="the emulator has no X-Ray",
        source=f"{_DOCS}/lambda/latest/dg/services-xray.html",
        tests=(_TABLE_TEST,),
        when=lambda config: config.tracing,
    ),
    # One setting for all REST APIs of an account, which needs this AWS managed policy.
    ServicePermission(
        resources={"apigateway": ("*",)},
        actions=("AmazonAPIGatewayPushToCloudWatchLogs",),
        use="API Gateway writes the logs of REST APIs, where the stack has `rest.accountRole`",
        unchecked="the emulator's REST APIs write no logs",
        source=f"{_DOCS}/apigateway/latest/developerguide/set-up-logging.html",
        tests=("tests/infra/test_policies.py::test_no_role_has_a_managed_policy",),
        when=lambda config: config.gateway == "rest" and config.rest.account_role,
    ),
    ServicePermission(
        resources={"processor": ("orders",), "email": ("email",), "audit": ("audit",)},
        actions=("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        use="Lambda polls the function's queue",
        unchecked="the emulator's event source mappings check no permission",
        source=f"{_DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide"
        "/sqs-configure-lambda-function-trigger.html",
        tests=(_TABLE_TEST,),
    ),
    _relays(
        "Lambda reads the orders table's stream",
        *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
        resource="table/orders/stream/*",
        page="/amazondynamodb/latest/developerguide"
        "/iam-policy-example-lamda-process-dynamodb-streams.html",
    ),
    _relays(
        "Lambda creates the event source mapping of the orders table's stream",
        "dynamodb:ListStreams",
        resource="*",
        page="/service-authorization/latest/reference/list_amazondynamodb.html",
        tests=(_AUTHORIZATION_TEST,),
    ),
    _relays(
        "Lambda reports batches that the relay could not publish",
        "sqs:SendMessage",
        resource="relay-dead-letters",
        page="/lambda/latest/dg/services-dynamodb-errors.html",
    ),
    _has_interfaces(
        "Lambda finds the function's network interfaces, where the stack has a `vpc`",
        "*",
        *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
    ),
    _has_interfaces(
        "Lambda creates and deletes network interfaces, where the stack has a `vpc`",
        "*/*",
        *("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
        *("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
    ),
    _uses_key(
        "DynamoDB decrypts the table's own key, where the stack has `encryption: customer`",
        "/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
        "kms:Decrypt",
        **dict.fromkeys(("orders", "processor", "lookup", "relay"), "dynamodb:orders"),
        email="dynamodb:sent-emails",
        audit="dynamodb:audit-logs",
    ),
    _uses_key(
        "SQS decrypts what Lambda receives, where the stack has `encryption: customer`",
        "/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
        "kms:Decrypt",
        processor="sqs:orders",
        email="sqs:email",
        audit="sqs:audit",
    ),
    _uses_key(
        "SQS encrypts what is sent, where the stack has `encryption: customer`",
        "/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
        *("kms:Decrypt", "kms:GenerateDataKey"),
        intake="sqs:orders",
        relay="sqs:relay-dead-letters",
    ),
    _uses_key(
        "SNS encrypts what is published, where the stack has `encryption: customer`",
        "/sns/latest/dg/sns-key-management.html",
        *("kms:Decrypt", "kms:GenerateDataKey"),
        relay="sns:order-events",
    ),
)

PERMISSIONS: Final = (*CODE, *SERVICES)
