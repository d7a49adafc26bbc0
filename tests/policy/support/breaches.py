"""Breaches by rule: a change of the stack, and a key phrase of the reported problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.rules import UNKNOWN
from policy.rules import resource_types as types
from tests.policy.support.changes import add, allow, document, drop, edit, hide, unprotect
from tests.policy.support.inputs import (
    ACCESS_LOG,
    ACCOUNT,
    ADMIN,
    BEHAVIOR,
    BLOCKS,
    BUCKET_POLICY,
    DENIAL,
    DISTRIBUTION,
    EMAIL_MAPPING,
    HERE,
    IDENTITIES,
    INTEGRATION,
    LAMBDA_ARN,
    LAMBDA_URI,
    LOGS,
    ONE_SENDER,
    QUEUE,
    ROLE_POLICY,
    TABLE_ARN,
    WITHOUT_TLS,
    add_role_policy,
    deny_in_queue_policy,
    deny_plain_http,
    rest_stage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.policy.support.changes import Change

_QUEUE_ARN = f"arn:aws:sqs:{HERE}:orders"
_TABLES = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess_v2"
_ANY_SENDER = {"StringLike": {"ses:FromAddress": "*"}}
_ONE_SIDE = {"StringEquals": {"aws:PrincipalAccount": "1"}}
_DEAD_LETTERS = ("fan-out-email-dead-letters", types.QUEUE)
_TOPIC = ("fan-out-topic", types.TOPIC)
_TOPIC_POLICY = ("fan-out-topic-policy", types.TOPIC_POLICY)
_RELAY_MAPPING = ("fan-out-relay-mapping", types.MAPPING)
_TABLE = ("orders-api-table", types.TABLE)
_AUDIT_TABLE = ("audit-store-table", types.TABLE)
_STAGE = ("orders-api-gateway-stage", types.HTTP_STAGE)
_PERMISSION = ("orders-api-gateway-post-orders-permission", types.PERMISSION)
_FUNCTION = ("orders-api-orders-function", types.FUNCTION)
_ROLE_POLICY_OF_ORDERS = ("orders-api-orders-store-orders", ROLE_POLICY)
_WITH_TLS = {"Bool": {"aws:SecureTransport": "true"}}
_BUCKET_DENIAL = {**DENIAL, "Action": "s3:*", "Condition": WITHOUT_TLS}
_NO_TLS = "allows requests without TLS"
_NO_THROTTLING: tuple[dict[str, object], ...] = (
    {"settings": {}},
    {"settings": {"throttlingBurstLimit": 5.0}},
    {"settings": {"throttlingBurstLimit": 5.0, "throttlingRateLimit": -1.0}},
    {"restApi": "y"},
    {"stageName": "test"},
    {"methodPath": "orders/POST"},
)

BREACHES: Mapping[str, Sequence[tuple[Change, str]]] = {
    "no-wildcard-actions": [
        (edit(*_ROLE_POLICY_OF_ORDERS, policy=allow("dynamodb:*", TABLE_ARN)), "'dynamodb:*'"),
        (
            add_role_policy(["sqs:SendMessage", "sqs:Get??"], _QUEUE_ARN),
            "'sqs:Get??' (policy, statement 0)",
        ),
        (
            add(types.ROLE, inlinePolicies=[{"policy": allow("*", _QUEUE_ARN, Sid="All")}]),
            "'*' (inlinePolicies[0].policy, statement All)",
        ),
        (add(types.VPC_ENDPOINT, policy=allow("*", _QUEUE_ARN, Condition=_ONE_SIDE)), "'*'"),
        (
            add(ROLE_POLICY, policy=document({"Effect": "Allow", "NotAction": "iam:*"})),
            "all actions except some",
        ),
        (
            add(types.KEY, policy=allow("kms:*", "*", Principal={**ACCOUNT, "Service": "sns"})),
            "'kms:*'",
        ),
    ],
    "no-wildcard-resources": [
        (
            add(types.VPC_ENDPOINT, policy=allow("sqs:SendMessage", "*", Condition=_ONE_SIDE)),
            "sqs:SendMessage for '*'",
        ),
        (edit(*_ROLE_POLICY_OF_ORDERS, policy=allow("dynamodb:PutItem", "*")), "PutItem for '*'"),
        (add_role_policy("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/*"), ":table/*'"),
        (add_role_policy("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/*"), ":/aws/*'"),
        (add_role_policy("s3:GetObject", "arn:aws:s3:::*/*"), "'arn:aws:s3:::*/*'"),
        (add_role_policy("sqs:SendMessage", "arn:aws:sqs:*:1:orders"), "'arn:aws:sqs:*:1:orders'"),
        (
            add_role_policy(["xray:PutTraceSegments", "xray:GetGroups"], "*"),
            "and xray:GetGroups for '*'",
        ),
        (add_role_policy("ses:SendEmail", IDENTITIES), f"ses:SendEmail for '{IDENTITIES}'"),
        (add_role_policy("ses:SendEmail", IDENTITIES, Condition=_ANY_SENDER), IDENTITIES),
        (
            add_role_policy(
                ["ses:DeleteEmailIdentity", "ses:SendEmail"], IDENTITIES, Condition=ONE_SENDER
            ),
            "ses:DeleteEmailIdentity and ses:SendEmail",
        ),
        (
            add(ROLE_POLICY, policy=document({"Effect": "Allow", "NotResource": _QUEUE_ARN})),
            "all resources except some",
        ),
    ],
    "no-public-principals": [
        (add(types.QUEUE_POLICY, policy=allow("x:Y", "x", Principal="*")), "every principal"),
        (
            add(types.BUCKET_POLICY, policy=allow("x:Y", "x", Principal={"AWS": ["*"]})),
            "every principal",
        ),
        (
            add(types.QUEUE_POLICY, policy=document({"Effect": "Allow", "NotPrincipal": ACCOUNT})),
            "all principals except some",
        ),
    ],
    "no-admin-policies": [
        (add(types.ROLE_ATTACHMENT, policyArn=ADMIN), "'AdministratorAccess'"),
        (
            edit("orders-api-orders-role", types.ROLE, managedPolicyArns=[LOGS, _TABLES]),
            "'AmazonDynamoDBFullAccess_v2'",
        ),
    ],
    "no-aws-managed-policies": [
        (add(types.ROLE_ATTACHMENTS, policyArns=[LOGS]), "AWSLambdaBasicExecutionRole'"),
    ],
    "tables-encrypted": [
        (edit(*_TABLE, serverSideEncryption=None), "an AWS owned key"),
        (edit(*_TABLE, serverSideEncryption={"enabled": False}), "an AWS owned key"),
    ],
    "queues-encrypted": [(edit(*QUEUE, sqsManagedSseEnabled=False), "not encrypted")],
    "topics-encrypted": [(edit(*_TOPIC, kmsMasterKeyId=None), "not encrypted")],
    "log-groups-use-the-key": [(add(types.KEY, enableKeyRotation=True), "the stack's key")],
    "tables-recoverable": [
        (edit(*_AUDIT_TABLE, pointInTimeRecovery=None), "no point-in-time recovery"),
        (edit(*_AUDIT_TABLE, pointInTimeRecovery={"enabled": False}), "no point-in-time recovery"),
    ],
    "tables-protected": [
        (edit(*_TABLE, deletionProtectionEnabled=False), "set deletionProtectionEnabled"),
        (unprotect(*_TABLE), "set the resource option protect"),
    ],
    "queues-have-dead-letters": [
        (edit(*QUEUE, redrivePolicy=None), "no dead-letter queue"),
        (edit(*_RELAY_MAPPING, destinationConfig=None), "no dead-letter queue"),
    ],
    "subscriptions-have-dead-letters": [
        (
            edit("fan-out-audit-subscription", types.SUBSCRIPTION, redrivePolicy=None),
            "no dead-letter queue",
        ),
        (add(types.SUBSCRIPTION, protocol="lambda"), "no dead-letter queue"),
    ],
    "streams-have-dead-letters": [
        (edit(*_RELAY_MAPPING, destinationConfig=None), "no failure destination"),
        (
            edit(*_RELAY_MAPPING, destinationConfig={"onFailure": {}}, startingPosition=None),
            "no failure destination",
        ),
    ],
    "dead-letters-kept-14-days": [
        (edit(*_DEAD_LETTERS, messageRetentionSeconds=86400.0), "for 1 days"),
        (edit(*_DEAD_LETTERS, messageRetentionSeconds=None), "Seconds to 1209600"),
    ],
    "logs-expire": [
        (edit("orders-api-orders-logs", types.LOG_GROUP, retentionInDays=None), "no retention"),
        (edit(*ACCESS_LOG, retentionInDays=0.0), "no retention"),
    ],
    "functions-log-into-the-stack": [
        (drop("fan-out-relay-logs", types.LOG_GROUP), "outside the stack"),
    ],
    "everything-tagged": [
        (edit(*QUEUE, tags=None), "project and environment and managed-by"),
        (edit(*_TOPIC, tags={"project": "x", "environment": "", "managed-by": "y"}), "environment"),
    ],
    "policies-refuse-plain-http": [
        (edit(*_TOPIC_POLICY, policy=document()), _NO_TLS),
        (
            edit(*_TOPIC_POLICY, policy=document({**DENIAL, "Condition": WITHOUT_TLS})),
            _NO_TLS,
        ),
        (deny_in_queue_policy(), _NO_TLS),
        (deny_in_queue_policy(Condition=_WITH_TLS), _NO_TLS),
        (deny_in_queue_policy(Condition={**WITHOUT_TLS, "ArnEquals": {"x": "y"}}), _NO_TLS),
        (deny_plain_http(Action="sqs:SendMessage"), _NO_TLS),
        (deny_plain_http(Principal={"AWS": "1"}), _NO_TLS),
        (deny_plain_http(NotResource="arn:aws:sqs:x"), _NO_TLS),
        (edit(*BUCKET_POLICY, policy=allow("s3:GetObject", "x", Principal=ACCOUNT)), _NO_TLS),
    ],
    "queues-and-topics-tls-only": [
        (drop("fan-out-relay-dead-letters-policy", types.QUEUE_POLICY), "add a QueuePolicy"),
        (drop("monitoring-topic-policy", types.TOPIC_POLICY), "add a TopicPolicy"),
        (deny_plain_http(Resource="arn:aws:sqs:x"), "policy 'fan-out-email-queue-policy'"),
    ],
    "buckets-tls-only": [
        (drop(*BUCKET_POLICY), "add a BucketPolicy"),
        (
            edit(
                *BUCKET_POLICY,
                policy=document({**_BUCKET_DENIAL, "Resource": "arn:aws:s3:::storefront"}),
            ),
            "policy 'storefront-bucket-policy'",
        ),
    ],
    "no-public-function-urls": [
        (add(types.FUNCTION_URL, authorizationType="NONE"), "no authorization"),
    ],
    "permissions-name-their-source": [
        (edit(*_PERMISSION, sourceArn=None), "apigateway.amazonaws.com to invoke"),
        (edit(*_PERMISSION, principal="*"), "every principal"),
    ],
    "no-public-buckets": [
        *(
            (add(types.BUCKET_ACL, acl=acl), f"'{acl}'")
            for acl in ("public-read", "public-read-write", "authenticated-read")
        ),
        (add(types.PUBLIC_ACCESS_BLOCK, restrictPublicBuckets=False), " and ".join(BLOCKS)),
    ],
    "buckets-block-public-access": [
        (drop("storefront-public-access-block", types.PUBLIC_ACCESS_BLOCK), "add a BucketPublic"),
        (
            edit("storefront-public-access-block", types.PUBLIC_ACCESS_BLOCK, bucket="another"),
            "no public access block",
        ),
    ],
    "distributions-require-https": [
        (
            edit(
                *DISTRIBUTION,
                defaultCacheBehavior={**BEHAVIOR, "viewerProtocolPolicy": "allow-all"},
            ),
            "defaultCacheBehavior.viewerProtocolPolicy to https-only or redirect-to-https",
        ),
        (
            edit(*DISTRIBUTION, orderedCacheBehaviors=[BEHAVIOR, {"pathPattern": "/*"}]),
            "orderedCacheBehaviors[1]",
        ),
        (
            edit(*DISTRIBUTION, viewerCertificate={"acmCertificateArn": "x"}),
            "minimumProtocolVersion to TLSv1.2_2021",
        ),
        (
            edit(
                *DISTRIBUTION,
                viewerCertificate={
                    "acmCertificateArn": "x",
                    "minimumProtocolVersion": "TLSv1.1_2016",
                },
            ),
            "old versions of TLS",
        ),
    ],
    "buckets-behind-origin-access-control": [
        (edit(*DISTRIBUTION, origins=[{"domainName": "x"}]), "origins[0].originAccessControlId"),
    ],
    "pages-have-security-headers": [
        (
            edit(*DISTRIBUTION, defaultCacheBehavior={"viewerProtocolPolicy": "https-only"}),
            "set defaultCacheBehavior.responseHeadersPolicyId",
        ),
        (
            edit(*DISTRIBUTION, orderedCacheBehaviors=[{"viewerProtocolPolicy": "https-only"}]),
            "set orderedCacheBehaviors[0].responseHeadersPolicyId",
        ),
        (
            edit(
                "storefront-headers",
                types.HEADERS_POLICY,
                securityHeadersConfig={"contentTypeOptions": {"override": True}},
            ),
            "set contentSecurityPolicy and frameOptions and referrerPolicy and strict",
        ),
    ],
    "no-open-ingress": [
        (add(types.SECURITY_GROUP, ingress=[{"cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}]), "0.0.0"),
        (add(types.INGRESS_RULE, cidrIpv4="0.0.0.0/0"), "from 0.0.0.0/0"),
        (add(types.INGRESS_RULE, cidrIpv6="::/0"), "from ::/0"),
        (
            add(types.SECURITY_GROUP_RULE, type="ingress", cidrBlocks=["0.0.0.0/0"]),
            "from 0.0.0.0/0",
        ),
        (add(types.SECURITY_GROUP_RULE, type="ingress", ipv6CidrBlocks=["::/0"]), "from ::/0"),
    ],
    "stages-log-access": [(edit(*_STAGE, accessLogSettings=None), "no access log")],
    "stages-throttle": [
        (
            edit(*_STAGE, defaultRouteSettings={"throttlingRateLimit": 5.0}),
            "set throttlingBurstLimit in",
        ),
        *((rest_stage(**settings), "add MethodSettings for '*/*'") for settings in _NO_THROTTLING),
    ],
    "no-bodies-in-execution-logs": [
        (add(types.METHOD_SETTINGS, settings={"dataTraceEnabled": True}), "set settings.dataTrace"),
        (
            edit(*_STAGE, defaultRouteSettings={"dataTraceEnabled": True}),
            "set defaultRouteSettings.dataTrace",
        ),
    ],
    "functions-behind-aliases": [
        (edit(*EMAIL_MAPPING, functionName=LAMBDA_ARN), "set functionName"),
        (edit(*EMAIL_MAPPING, functionName=f"{LAMBDA_ARN}:$LATEST"), "set functionName"),
        (add(types.MAPPING, functionName="orders"), "set functionName"),
        (
            add(types.HTTP_INTEGRATION, integrationUri=f"{LAMBDA_URI}/{LAMBDA_ARN}/invocations"),
            "set integrationUri",
        ),
        (hide(*INTEGRATION, *_FUNCTION, integrationUri=UNKNOWN), "set integrationUri"),
        (edit(*_PERMISSION, qualifier=None), "set qualifier"),
    ],
    "functions-traced": [
        (edit(*_FUNCTION, tracingConfig={"mode": "PassThrough"}), "no X-Ray tracing"),
        (edit(*_FUNCTION, tracingConfig=None), "no X-Ray tracing"),
        (drop(*EMAIL_MAPPING), "no X-Ray tracing"),
    ],
    "routes-authorized": [
        (add(types.REST_METHOD, httpMethod="POST", authorization="NONE"), "set authorization,"),
        (add(types.HTTP_ROUTE, routeKey="GET /orders"), "set authorizationType,"),
    ],
}
