"""Every permission of every role, over all kinds of stack: what uses it, and how it is shown that it is needed."""

from __future__ import annotations

from typing import Final

from tests.support.permission_kinds import Permission, Refused
from tests.support.permissions_documented import DOCUMENTED

# One stack with each way of ingestion, and with each way out for e-mails.
_DIRECT: Final = (
    "tests/e2e/permissions/test_direct.py::test_without_a_right_its_function_is_refused"
)
_QUEUED: Final = (
    "tests/e2e/permissions/test_queued.py::test_without_a_right_its_function_is_refused"
)


def _code(
    function: str, action: str, resource: str, why: str, *, operation: str = "", test: str = _DIRECT
) -> Permission:
    """A permission that a function's code needs, for the call of the same name unless another is given."""
    proof = Refused(operation=operation or action.partition(":")[2], test=test)
    return Permission(on={function: (resource,)}, actions=(action,), why=why, proof=proof)


# What the functions' own code calls.
CODE: Final = (
    _code("orders", "dynamodb:PutItem", "table/orders", "stores an order, unless its ID is taken"),
    _code("intake", "sqs:SendMessage", "orders", "queues an order", test=_QUEUED),
    _code(
        "processor",
        "dynamodb:PutItem",
        "table/orders",
        "stores a queued order, unless it is there",
        test=_QUEUED,
    ),
    _code("lookup", "dynamodb:GetItem", "table/orders", "reads an order"),
    _code(
        "lookup",
        "dynamodb:Query",
        "table/orders/index/CustomerIdIndex",
        "lists a customer's orders",
    ),
    _code(
        "relay",
        "sns:Publish",
        "order-events",
        "publishes orders, ten in a call",
        operation="PublishBatch",
    ),
    _code("audit", "dynamodb:PutItem", "table/audit-logs", "writes a record, unless it is there"),
    _code("email", "dynamodb:PutItem", "table/sent-emails", "notes that an e-mail is in progress"),
    _code(
        "email",
        "dynamodb:UpdateItem",
        "table/sent-emails",
        "counts the recipient's confirmations, notes that it was sent",
    ),
    _code(
        "email",
        "dynamodb:DeleteItem",
        "table/sent-emails",
        "takes the note back when sending fails",
    ),
    Permission(
        on={"email": ("identity/*", "configuration-set/email")},
        actions=("ses:SendEmail",),
        why="sends, where the stack has `emailTransport: ses`",
        proof=Refused(operation="SendEmail", test=_DIRECT),
        when=lambda config: config.email_transport == "ses",
    ),
    Permission(
        on={"email": ("secret:*",)},
        actions=("secretsmanager:GetSecretValue",),
        why="reads the mail server's credentials, where the stack has `emailTransport: smtp`",
        proof=Refused(operation="GetSecretValue", test=_QUEUED),
        when=lambda config: config.email_transport == "smtp",
    ),
)

PERMISSIONS: Final = (*CODE, *DOCUMENTED)


def refused_by(test: str) -> list[tuple[str, str]]:
    """The functions and actions whose refusal a test watches."""
    watched = [
        permission
        for permission in PERMISSIONS
        if isinstance(permission.proof, Refused) and permission.proof.test == test
    ]
    return sorted(
        {(each.holder, each.action) for permission in watched for each in permission.held()}
    )
