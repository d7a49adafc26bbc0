"""What rules say of things that are kept: which changes break them, and which only look as if they did."""

from __future__ import annotations

from policy.rules import UNKNOWN, kinds
from tests.policy.support.changes import Allowed, Breach, add, drop, edit, hide

_GROUP_KEY = "set kmsKeyId to it"
_DEAD = "messageRetentionSeconds to 1209600, which is 14 days"
_ON_FAILURE = "set destinationConfig.onFailure.destinationArn"
_RESTORE = "cannot be restored to a point in time; set pointInTimeRecovery.enabled to true"
_TABLE_KEY = "is not encrypted with a key of the account; set serverSideEncryption.enabled to true"
_TAG = "add to tags what tag_everything of infra/naming.py gives"
_RELAY = ("fan-out-relay-function", kinds.FUNCTION)
_LOG = ("orders-api-gateway-access-log", kinds.LOG_GROUP)
_ACCESS_LOG = "/aws/vendedlogs/order-processing-prod-api"
_NOT_YET = {"logFormat": "Text", "logGroup": UNKNOWN}

BREACHES = (
    Breach(
        "tables-encrypted",
        edit("orders-api-table", kinds.TABLE, serverSideEncryption=None),
        _TABLE_KEY,
    ),
    Breach(
        "tables-encrypted",
        edit("orders-api-table", kinds.TABLE, serverSideEncryption={"enabled": False}),
        _TABLE_KEY,
    ),
    Breach(
        "queues-encrypted",
        edit("fan-out-email-queue", kinds.QUEUE, sqsManagedSseEnabled=False),
        "is not encrypted; set sqsManagedSseEnabled to true, or kmsMasterKeyId to a key",
    ),
    Breach(
        "topics-encrypted",
        edit("fan-out-topic", kinds.TOPIC, kmsMasterKeyId=None),
        "is not encrypted; set kmsMasterKeyId to a key (only '*-ops-alerts' and '*-ops-warnings' may go without)",
    ),
    Breach(
        "log-groups-use-the-key",
        add(kinds.KEY, enableKeyRotation=True),
        f"is encrypted with CloudWatch's own key, while the stack has one; {_GROUP_KEY}",
    ),
    Breach(
        "tables-recoverable",
        edit("audit-store-table", kinds.TABLE, pointInTimeRecovery=None),
        _RESTORE,
    ),
    Breach(
        "tables-recoverable",
        edit("audit-store-table", kinds.TABLE, pointInTimeRecovery={"enabled": False}),
        _RESTORE,
    ),
    Breach(
        "queues-have-dead-letters",
        edit("fan-out-email-queue", kinds.QUEUE, redrivePolicy=None),
        "has no dead-letter queue and is none; set redrivePolicy",
    ),
    Breach(
        "queues-have-dead-letters",
        edit("fan-out-relay-mapping", kinds.MAPPING, destinationConfig=None),
        "has no dead-letter queue and is none; set redrivePolicy",
    ),
    Breach(
        "subscriptions-have-dead-letters",
        edit("fan-out-audit-subscription", kinds.SUBSCRIPTION, redrivePolicy=None),
        "has no dead-letter queue for what it cannot deliver; set redrivePolicy",
    ),
    Breach(
        "subscriptions-have-dead-letters",
        add(kinds.SUBSCRIPTION, protocol="lambda"),
        "has no dead-letter queue for what it cannot deliver; set redrivePolicy",
    ),
    Breach(
        "streams-have-dead-letters",
        edit("fan-out-relay-mapping", kinds.MAPPING, destinationConfig=None),
        f"has no place for records that it gives up on; {_ON_FAILURE}",
    ),
    Breach(
        "streams-have-dead-letters",
        edit(
            "fan-out-relay-mapping",
            kinds.MAPPING,
            destinationConfig={"onFailure": {}},
            startingPosition=None,
        ),
        f"has no place for records that it gives up on; {_ON_FAILURE}",
    ),
    Breach(
        "dead-letters-kept-14-days",
        edit("fan-out-email-dead-letters", kinds.QUEUE, messageRetentionSeconds=86400.0),
        f"keeps dead letters for 1 days; set {_DEAD}",
    ),
    Breach(
        "dead-letters-kept-14-days",
        edit("fan-out-relay-dead-letters", kinds.QUEUE, messageRetentionSeconds=None),
        f"keeps dead letters for 4 days; set {_DEAD}",
    ),
    Breach(
        "logs-expire",
        edit("orders-api-orders-logs", kinds.LOG_GROUP, retentionInDays=None),
        "keeps its logs for ever; set retentionInDays",
    ),
    Breach(
        "logs-expire",
        edit("orders-api-gateway-access-log", kinds.LOG_GROUP, retentionInDays=0.0),
        "keeps its logs for ever; set retentionInDays",
    ),
    Breach(
        "functions-log-into-the-stack",
        drop("fan-out-relay-logs", kinds.LOG_GROUP),
        "logs into a group that the stack does not create; set loggingConfig.logGroup to one that it does",
    ),
    Breach(
        "everything-tagged",
        edit("fan-out-email-queue", kinds.QUEUE, tags=None),
        f"is not tagged with project and environment and managed-by; {_TAG}",
    ),
    Breach(
        "everything-tagged",
        edit(
            "fan-out-topic",
            kinds.TOPIC,
            tags={"project": "x", "environment": "", "managed-by": "pulumi"},
        ),
        f"is not tagged with environment; {_TAG}",
    ),
)

ALLOWED = (
    Allowed(
        "queues-encrypted",
        edit(
            "fan-out-email-queue",
            kinds.QUEUE,
            sqsManagedSseEnabled=None,
            kmsMasterKeyId="alias/aws/sqs",
        ),
    ),
    Allowed("topics-encrypted", add(kinds.TOPIC, name="order-processing-prod-ops-alerts")),
    Allowed("topics-encrypted", add(kinds.TOPIC, name="order-processing-prod-ops-warnings")),
    # Only queues and functions of the stack can be counted on to be there again.
    Allowed("subscriptions-have-dead-letters", add(kinds.SUBSCRIPTION, protocol="email")),
    Allowed(
        "streams-have-dead-letters",
        edit("fan-out-email-mapping", kinds.MAPPING, destinationConfig=None),
    ),
    # A work queue keeps its messages for as long as its consumers may be down.
    Allowed(
        "dead-letters-kept-14-days",
        edit("fan-out-email-queue", kinds.QUEUE, messageRetentionSeconds=60.0),
    ),
    # Lambda finds a group of its function's name by itself.
    Allowed(
        "functions-log-into-the-stack",
        edit("confirmation-email-email-function", kinds.FUNCTION, loggingConfig=None),
    ),
    Allowed(
        "functions-log-into-the-stack",
        edit(
            "fan-out-relay-function",
            kinds.FUNCTION,
            loggingConfig={"logGroup": _ACCESS_LOG},
            name="x",
        ),
    ),
    Allowed(
        "functions-log-into-the-stack", hide(*_RELAY, *_LOG, loggingConfig=_NOT_YET, name=UNKNOWN)
    ),
    # Without a key of its own, a stack leaves log groups to CloudWatch.
    Allowed("log-groups-use-the-key", add(kinds.LOG_GROUP, retentionInDays=7.0)),
)
