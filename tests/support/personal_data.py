"""Where personal data is: every kind of resource that stores data, and every attribute.

`docs/data-protection.md` is generated from this. Tests compare it with the resources of every
stack, with the deployed retention, and with what the functions write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import pulumi_aws as aws

from handlers.common.contract import DEAD_LETTER_RETENTION, QUEUE_RETENTION
from tests.support.permissions import CODE, SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pulumi

    from infra.config import StackConfig

# Days as a deployed resource says them; None where it says nothing.
Days = int | None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A kind of resource, with the names of its resources after the prefix of the stack.

    `days` computes the deployed retention from the configuration; `how_long` says it in words, with
    the configuration key. `resource` is the resource in the table of permissions, if roles read it.
    """

    kind: type[pulumi.Resource]
    names: tuple[str, ...]
    data: str
    how_long: str
    end: str
    days: Callable[[StackConfig], Days] = lambda _: None
    resources: tuple[str, ...] = ()

    @property
    def readers(self) -> list[str]:
        """The functions that read it, by the table of permissions."""
        return sorted({role for role, resource in _reads() if resource in self.resources})


# Actions that return what is stored; a conditional write returns the item that prevents it.
_READING: Final = frozenset(
    {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:GetRecords",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "sqs:ReceiveMessage",
    }
)


def _reads() -> Iterator[tuple[str, str]]:
    for permission in (*CODE, *SERVICES):
        for each in permission.role_actions():
            if each.action in _READING:
                yield each.role, each.resource


# The email function's table keeps a record 30 days longer than an order (infra/email).
RECORD_DAYS_AFTER_ORDER: Final = 30

_ERASE: Final = "`orderctl erase`"
_MESSAGES: Final = "the whole order"
_LOGGED: Final = (
    "order, customer, request and correlation IDs; email addresses are masked, but their domain "
    "and first character remain"
)

PLACES: Final = (
    Place(
        kind=aws.dynamodb.Table,
        names=("orders",),
        data="the whole order; the index `CustomerIdIndex` holds a copy",
        how_long="`orderRetentionDays`, and up to a few days until DynamoDB deletes it",
        end=f"TTL, {_ERASE}",
        days=lambda config: config.order_retention_days,
        resources=("table/orders", "table/orders/index/CustomerIdIndex"),
    ),
    Place(
        kind=aws.dynamodb.Table,
        names=("audit-logs",),
        data="name, email address, customer ID, items and amount of an order; the index "
        "`OrderIdIndex` holds a copy",
        how_long="without end",
        end=f"{_ERASE} removes the personal details",
        resources=("table/audit-logs",),
    ),
    Place(
        kind=aws.dynamodb.Table,
        names=("sent-emails",),
        data="hashes of event IDs; a counter's key holds the SHA-256 of an email address",
        how_long="`orderRetentionDays` and 30 days; counters 25 hours; both up to a few days more",
        end=f"TTL, {_ERASE}",
        days=lambda config: config.order_retention_days + RECORD_DAYS_AFTER_ORDER,
        resources=("table/sent-emails",),
    ),
    Place(
        kind=aws.sqs.Queue,
        names=("orders",),
        data=f"{_MESSAGES}, before it is stored",
        how_long=f"until it is processed, {QUEUE_RETENTION.days} days at most",
        end="processed, or a dead letter",
        days=lambda _: QUEUE_RETENTION.days,
        resources=("orders",),
    ),
    Place(
        kind=aws.sqs.Queue,
        names=("email", "audit"),
        data="the event: the order without addresses and notes",
        how_long=f"until it is processed, {QUEUE_RETENTION.days} days at most",
        end="processed, or a dead letter",
        days=lambda _: QUEUE_RETENTION.days,
        resources=("email", "audit"),
    ),
    Place(
        kind=aws.sqs.Queue,
        names=("orders-dead-letters", "email-dead-letters", "audit-dead-letters"),
        data="as in the work queue",
        how_long=f"{DEAD_LETTER_RETENTION.days} days since the message was sent first",
        end=f"{_ERASE}, `orderctl dlq`",
        days=lambda _: DEAD_LETTER_RETENTION.days,
    ),
    Place(
        kind=aws.sqs.Queue,
        names=("relay-dead-letters",),
        data="none: positions in the stream",
        how_long=f"{DEAD_LETTER_RETENTION.days} days",
        end="`orderctl dlq`",
        days=lambda _: DEAD_LETTER_RETENTION.days,
    ),
    Place(
        kind=aws.sns.Topic,
        names=("order-events",),
        data="the event, as in the queues",
        how_long="only while it is delivered",
        end="delivered to the queues, or to a dead-letter queue",
    ),
    Place(
        kind=aws.sns.Topic,
        names=("ops-alerts", "ops-warnings"),
        data="email addresses and telephone numbers of the operators (`alerts`, `warnings`); no "
        "customers",
        how_long="as long as the keys name them",
        end="`pulumi up` without them",
    ),
    Place(
        kind=aws.cloudwatch.LogGroup,
        names=(
            "/aws/lambda/orders",
            "/aws/lambda/intake",
            "/aws/lambda/processor",
            "/aws/lambda/lookup",
            "/aws/lambda/relay",
            "/aws/lambda/email",
            "/aws/lambda/audit",
        ),
        data=_LOGGED,
        how_long="`logRetentionDays`",
        end="retention; not erased earlier",
        days=lambda config: config.log_retention_days,
    ),
    Place(
        kind=aws.cloudwatch.LogGroup,
        names=("/aws/vendedlogs/api", "/aws/vendedlogs/rest-api"),
        data="none: time, route, status; neither client address nor ID",
        how_long="`logRetentionDays`",
        end="retention",
        days=lambda config: config.log_retention_days,
    ),
    Place(
        kind=aws.cloudwatch.LogGroup,
        names=("API-Gateway-Execution-Logs_*",),
        data="errors of the REST API, without bodies",
        how_long="`logRetentionDays`",
        end="retention",
        days=lambda config: config.log_retention_days,
    ),
    Place(
        kind=aws.dynamodb.ContributorInsights,
        names=(),
        data="with `contributorInsights`: the order and customer IDs that are used most, not "
        "encrypted with the stack's key",
        how_long="as long as CloudWatch keeps the reports of its rules",
        end="`contributorInsights: false`",
    ),
    Place(
        kind=aws.sesv2.ConfigurationSet,
        names=(),
        data="SES: each email while it is delivered; its events are counted, not stored. The "
        "account's suppression list holds addresses that bounced or complained",
        how_long="on the suppression list without end",
        end="`aws sesv2 delete-suppressed-destination`",
    ),
    Place(
        kind=aws.sesv2.EmailIdentity,
        names=(),
        data="none of customers: the sender",
        how_long="as long as the stack",
        end="`pulumi destroy`",
    ),
    Place(
        kind=aws.xray.SamplingRule,
        names=(),
        data="X-Ray, for `traceSampling` of the requests: of a REST API the URL, with the order or "
        "customer ID in it, and the client's address; no bodies",
        how_long="30 days",
        end="deleted by X-Ray",
    ),
    Place(
        kind=aws.s3.Bucket,
        names=(),
        data="none: the files of the order form",
        how_long="as long as the stack",
        end="`pulumi destroy`",
    ),
    Place(
        kind=aws.cloudfront.Distribution,
        names=(),
        data="none: no access logs; orders go to the API, not through CloudFront",
        how_long="-",
        end="-",
    ),
)

# What is stored outside of the stack's resources: where, what, how long, how it ends.
OUTSIDE: Final = (
    (
        "the orders table's stream",
        "old and new images of orders, which `relay` reads: also that of an erased order",
        "24 hours",
        "deleted by DynamoDB",
    ),
    (
        "point-in-time backups of the tables",
        "all that the tables held",
        "35 days",
        "deleted by DynamoDB; [a restored table](operations.md#restore-a-table) by its operator",
    ),
    (
        "the mail server of `smtp`, and the customer's mailbox",
        "the confirmation",
        "as its operator says",
        "not in this system's hands",
    ),
    (
        "the device, with `storefront`",
        (
            "`localStorage`: the order that is being written or was sent last, with its response; "
            "`sessionStorage`: sign-in tokens; the service worker's cache: files of the form alone"
        ),
        "until a new order is begun; until the tab is closed; without end",
        "in the form, or by clearing the site's data",
    ),
    (
        "output of `orderctl`",
        "IDs; email addresses are masked",
        "as the terminal or the job's log keeps it",
        "-",
    ),
    (
        "the file of `orderctl export`",
        "everything about one customer; readable by its owner alone",
        "as its owner keeps it",
        "delete it after handing it over",
    ),
    (
        "`make local`: tables, queues, mailbox",
        "what was sent to the local API",
        "until it ends; with `KEEP=1` until the next run without",
        "[on this machine alone](emulator.md)",
    ),
    (
        "Pulumi's state and stack files",
        "none of customers; receivers of alarms, and the sender",
        "as its backend keeps versions",
        "-",
    ),
)

Sort = Literal["personal", "pseudonym", "no"]

# Every attribute of what the functions store or send: personal data, an ID or a hash that stands
# for a person or an order, or neither. Clients may write anything into texts, which are personal.
ORDER: Final[Mapping[str, Sort]] = {
    "orderId": "pseudonym",
    "clientOrderId": "personal",
    "customerId": "pseudonym",
    "customerName": "personal",
    "customerEmail": "personal",
    "items": "personal",
    "totalAmount": "no",
    "currency": "no",
    "shippingAddress": "personal",
    "billingAddress": "personal",
    "notes": "personal",
    "priority": "personal",
    "status": "no",
    "createdAt": "no",
    "expiresAt": "no",
    "requestId": "pseudonym",
    "correlationId": "personal",
    "fingerprint": "pseudonym",
}
EVENT: Final[Mapping[str, Sort]] = {
    "eventId": "pseudonym",
    "eventType": "no",
    "eventVersion": "no",
    **{
        name: ORDER[name]
        for name in (
            "orderId",
            "clientOrderId",
            "customerId",
            "customerName",
            "customerEmail",
            "items",
            "totalAmount",
            "currency",
            "createdAt",
            "correlationId",
        )
    },
}
AUDIT_RECORD: Final[Mapping[str, Sort]] = {
    "auditId": "pseudonym",
    "timestamp": "no",
    "recordedAt": "no",
    "orderId": "pseudonym",
    "clientOrderId": "personal",
    "eventType": "no",
    "correlationId": "personal",
    "orderDetails.customerId": "pseudonym",
    "orderDetails.customerName": "personal",
    "orderDetails.customerEmail": "personal",
    "orderDetails.items": "personal",
    "orderDetails.itemCount": "no",
    "orderDetails.totalAmount": "no",
    "orderDetails.currency": "no",
}
EMAIL_RECORD: Final[Mapping[str, Sort]] = {
    "eventId": "pseudonym",
    "status": "no",
    "claimId": "no",
    "in_progress_expiration": "no",
    "data": "no",
    "expiresAt": "no",
}
COUNTER: Final[Mapping[str, Sort]] = {
    "eventId": "pseudonym",
    "eventIds": "pseudonym",
    "expiresAt": "no",
}
ATTRIBUTES: Final[Mapping[str, Mapping[str, Sort]]] = {
    "order": ORDER,
    "event": EVENT,
    "audit record": AUDIT_RECORD,
    "email record": EMAIL_RECORD,
    "counter of a recipient": COUNTER,
}

# What an erased order's audit record keeps, beside `erasedAt`.
KEPT: Final = (
    "auditId",
    "timestamp",
    "recordedAt",
    "orderId",
    "eventType",
    "orderDetails.itemCount",
    "orderDetails.totalAmount",
    "orderDetails.currency",
)

# Services whose resources in a stack store nothing about orders and customers.
NO_DATA: Final = frozenset(
    {
        "apigateway",
        "apigatewayv2",
        "appautoscaling",
        "ec2",
        "iam",
        "kms",
        "lambda",
        "route53",
        "vpc",
        "wafv2",
    }
)
# Types of other services that only describe, link or protect resources.
DESCRIPTIONS: Final = frozenset(
    {
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:cloudwatch/queryDefinition:QueryDefinition",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    }
)
