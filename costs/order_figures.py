"""What one order takes of each service: counted, measured or assumed, and said which.

An order is `tooling.sample_order`: two items, with a customer ID and an email address.
`tests/costs/test_order_figures.py` counts again.
"""

from collections.abc import Mapping
from typing import Final

from costs.calculation import Kept, Write

# Measured on 26 November 2026 on a shared x86-64 machine, Python 3.11: CPU time of a warm
# invocation, network cut at botocore's HTTP session, per order. Email and audit in batches of ten,
# with Python 3.13; so intake and processor (docs/benchmarks/2026-11-26.json), in batches of ten.
CPU_MILLISECONDS: Final = {
    "orders": 0.66,
    "intake": 0.49,
    "processor": 0.45,
    "relay": 0.25,
    "email": 1.2,
    "audit": 0.2,
}

# The functions that an order passes, by `ingestion`.
PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "direct": ("orders", "relay", "email", "audit"),
    "queued": ("intake", "processor", "relay", "email", "audit"),
}

# Assumed: milliseconds until a service responds in its region, and an SMTP server anywhere.
SERVICE_MILLISECONDS: Final = {"DynamoDB": 5, "SNS": 15, "SQS": 10, "SES": 60, "SMTP": 300}

# Counted: calls of an order, and those that the orders of a batch share. Events share a call of
# PublishBatch, emails the call that claims them, and audit records the one that writes them.
CALLS: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "orders": {"DynamoDB": (1, 0)},
    "intake": {"SQS": (1, 0)},
    "processor": {"DynamoDB": (1, 0)},
    "relay": {"SNS": (0, 1)},
    "email": {"DynamoDB": (1, 1), "SES": (1, 0)},
    "audit": {"DynamoDB": (0, 1)},
}

# The most orders that share a call; a larger batch has several calls.
ORDERS_PER_CALL: Final = {"relay": 10, "email": 10, "audit": 25}

# Counted: bytes of the handlers' lines, of an order, and of an invocation (EMF).
LOG_BYTES: Final = {
    "orders": (711, 0),
    "intake": (545, 0),
    "processor": (308, 399),
    "relay": (280, 0),
    "email": (280, 288),
    "audit": (283, 307),
}

# Estimated from examples in AWS's documentation: START, END and REPORT of an invocation; the line
# of the access log; a response with its headers.
LAMBDA_LOG_BYTES: Final = 270
ACCESS_LOG_BYTES: Final = 320
RESPONSE_BYTES: Final = 700

# Counted: bytes of the items. The counter of a recipient's confirmations stays below 1 KB.
WRITES: Final = (
    Write(table="orders", item_bytes=539, indexes=1),
    Write(table="sent-emails", item_bytes=171, per_order=3),
    Write(table="audit-logs", item_bytes=516, indexes=1),
)

# Storage adds 100 bytes to each item. Counters of recipients are kept for a day.
# https://aws.amazon.com/dynamodb/pricing/on-demand/
KEPT: Final = (
    Kept(table="orders", item_bytes=639, months=3, indexes=1),
    Kept(table="sent-emails", item_bytes=271, months=4),
    Kept(table="audit-logs", item_bytes=616, months=12, indexes=1),
)

# The event source mappings of the queues: messages in a batch, window in seconds.
BATCHES: Final = {"processor": (10, 5), "email": (10, 1), "audit": (25, 5)}
RELAY_BATCH_SIZE: Final = 100

# Of SQS, in a receive and in a delete. Lambda may need more requests while a batch fills.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
MESSAGES_PER_REQUEST: Final = 10.0
EVENTS_PER_PUBLISH: Final = 10

# The functions whose invocations X-Ray samples.
TRACED: Final = ("orders", "intake")

# Counted: the metrics of a function whose orders are all valid, each a metric on the bill.
METRICS: Final = {"orders": 3, "intake": 1, "processor": 2, "relay": 0, "email": 2, "audit": 2}

# Counted: the bytes of a confirmation, and those of the storefront's files.
EMAIL_BYTES: Final = 4_200
STOREFRONT_BYTES: Final = 50_000

# Assumed: a page of another origin sends a CORS preflight before each order.
STOREFRONT_REQUESTS: Final = 2

# Assumed: bytes of a call of AWS with its response, through an interface endpoint; bytes that a
# REST API logs of a request at the level INFO; the part of a log's bytes that is stored.
CALL_BYTES: Final = 5_000
EXECUTION_LOG_BYTES: Final = 2_500
LOG_COMPRESSION: Final = 0.15

# Assumed: requests to KMS in five minutes, for which each service keeps a data key, of a resource
# that orders use. Of a queue and a topic, one principal that sends and one that receives.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
KEY_REUSE_SECONDS: Final = 300
KEY_REQUESTS: Final = {"queue": 3, "topic": 3, "table": 1}
