"""Resources of the recorded stack and inputs that both tables of changes use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.rules import resource_types as types
from tests.policy.support.changes import add, allow, both, document, edit

if TYPE_CHECKING:
    from tests.policy.support.changes import Change

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
HERE = "us-east-1:123456789012"
TABLE_ARN = f"arn:aws:dynamodb:{HERE}:table/orders"
LAMBDA_ARN = f"arn:aws:lambda:{HERE}:function:orders"
LAMBDA_URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
IDENTITIES = f"arn:aws:ses:{HERE}:identity/*"
ONE_SENDER = {"StringEquals": {"ses:FromAddress": "orders@example.com"}}
QUEUE = ("fan-out-email-queue", types.QUEUE)
QUEUE_POLICY = ("fan-out-email-queue-policy", types.QUEUE_POLICY)
RELAY = ("fan-out-relay-function", types.FUNCTION)
EMAIL_MAPPING = ("fan-out-email-mapping", types.MAPPING)
ACCESS_LOG = ("orders-api-gateway-access-log", types.LOG_GROUP)
INTEGRATION = ("orders-api-gateway-integration", types.HTTP_INTEGRATION)
BUCKET = ("storefront-bucket", types.BUCKET)
BUCKET_POLICY = ("storefront-bucket-policy", types.BUCKET_POLICY)
DISTRIBUTION = ("storefront-distribution", types.DISTRIBUTION)
BEHAVIOR = {"viewerProtocolPolicy": "https-only", "responseHeadersPolicyId": "x"}
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
DENIAL = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
LIMITS = {"throttlingBurstLimit": 1.0, "throttlingRateLimit": 1.0}


def add_role_policy(action: str | list[str], resource: str, **more: object) -> Change:
    """Add a role policy with one statement."""
    return add(ROLE_POLICY, policy=allow(action, resource, **more))


def deny_in_queue_policy(**statement: object) -> Change:
    """Replace the queue's policy by one statement, which denies everything."""
    return edit(*QUEUE_POLICY, policy=document({**DENIAL, **statement}))


def deny_plain_http(**statement: object) -> Change:
    """Replace the queue's policy by one statement, which denies plain HTTP."""
    return deny_in_queue_policy(Condition=WITHOUT_TLS, **statement)


def rest_stage(**settings: object) -> Change:
    """Add a stage of a REST API with throttling, some of whose settings are replaced."""
    stage = {"restApi": "x", "stageName": "live"}
    throttling = {**stage, "methodPath": "*/*", "settings": LIMITS, **settings}
    return both(add(types.REST_STAGE, **stage), add(types.METHOD_SETTINGS, **throttling))
