"""Changes of the stack by rule that look like a breach and are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policy.rules import UNKNOWN
from policy.rules import resource_types as types
from tests.policy.support.changes import add, allow, both, document, edit, hide
from tests.policy.support.inputs import (
    ACCESS_LOG,
    ACCOUNT,
    ADMIN,
    BEHAVIOR,
    BLOCKS,
    BUCKET,
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
    QUEUE_POLICY,
    RELAY,
    ROLE_POLICY,
    TABLE_ARN,
    WITHOUT_TLS,
    add_role_policy,
    deny_plain_http,
    rest_stage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.policy.support.changes import Change

_OWN_ADMIN = "arn:aws:iam::123456789012:policy/AdministratorAccess"
_NETWORK_ACTIONS = [
    *("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"),
    *("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ec2:DescribeSubnets"),
]
_TRACE_ACTIONS = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
_OWN_CERTIFICATE = {"acmCertificateArn": "x", "minimumProtocolVersion": "TLSv1.2_2021"}
_BOTH_SIDES = {"StringEquals": {"aws:PrincipalAccount": "1", "aws:ResourceAccount": "1"}}
_ALIAS = ("orders-api-orders-live", types.ALIAS)

ALLOWED: Mapping[str, Sequence[Change]] = {
    "no-wildcard-actions": [
        add(types.VPC_ENDPOINT, policy=allow("*", "*", Principal="*", Condition=_BOTH_SIDES)),
        # Without this statement a key can be lost.
        add(types.KEY, policy=allow("kms:*", "*", Principal=ACCOUNT)),
        add(ROLE_POLICY, policy=document({"Effect": "Deny", "Action": "*", "Resource": "*"})),
        # Text that looks like a document, and a document that AWS refuses.
        add("aws:apigateway/resource:Resource", pathPart="{proxy+}"),
        add(ROLE_POLICY, policy=json.dumps({"Statement": "*"})),
    ],
    "no-wildcard-resources": [
        add(types.VPC_ENDPOINT, policy=allow("*", "*", Principal="*", Condition=_BOTH_SIDES)),
        add(types.KEY_POLICY, policy=allow("kms:Decrypt", "*", Principal=ACCOUNT)),
        add(ROLE_POLICY, policy=document({"Effect": "Deny", "NotResource": "*"})),
        # Actions without resource-level permissions.
        add_role_policy(_NETWORK_ACTIONS, "*"),
        add_role_policy(_NETWORK_ACTIONS, f"arn:aws:ec2:{HERE}:*/*"),
        add_role_policy([*_TRACE_ACTIONS, *_NETWORK_ACTIONS], "*"),
        add_role_policy("ses:SendEmail", IDENTITIES, Condition=ONE_SENDER),
        # A wildcard below a resource's name.
        add_role_policy("dynamodb:Query", f"{TABLE_ARN}/index/*"),
        add_role_policy("s3:GetObject", "arn:aws:s3:::bucket/*"),
        add_role_policy("x:Y", f"{LAMBDA_ARN}:*"),
        add_role_policy("x:Y", f"arn:aws:execute-api:{HERE}:a1/*/GET/x"),
    ],
    "no-public-principals": [
        add(types.VPC_ENDPOINT, policy=allow("*", "*", Principal="*", Condition=_BOTH_SIDES)),
        add(
            types.QUEUE_POLICY,
            policy=allow("x:Y", "x", Principal="*", Condition={"ArnEquals": {"x": "y"}}),
        ),
    ],
    "no-admin-policies": [
        add(types.ROLE_ATTACHMENT, policyArn=_OWN_ADMIN),
        add(types.ROLE_ATTACHMENT, policyArn=LOGS),
    ],
    "no-aws-managed-policies": [
        add(types.ROLE_ATTACHMENT, policyArn=_OWN_ADMIN),
        add(types.ROLE, permissionsBoundary=ADMIN),
    ],
    "queues-encrypted": [
        edit(*QUEUE, sqsManagedSseEnabled=None, kmsMasterKeyId="alias/aws/sqs"),
    ],
    "topics-encrypted": [
        add(types.TOPIC, name="order-processing-prod-ops-alerts"),
        add(types.TOPIC, name="order-processing-prod-ops-warnings"),
    ],
    "log-groups-use-the-key": [add(types.LOG_GROUP, retentionInDays=7.0)],
    "subscriptions-have-dead-letters": [add(types.SUBSCRIPTION, protocol="email")],
    "streams-have-dead-letters": [edit(*EMAIL_MAPPING, destinationConfig=None)],
    "dead-letters-kept-14-days": [edit(*QUEUE, messageRetentionSeconds=60.0)],
    "functions-log-into-the-stack": [
        # Lambda logs to the group with its function's name.
        edit("confirmation-email-email-function", types.FUNCTION, loggingConfig=None),
        edit(
            *RELAY,
            loggingConfig={"logGroup": "/aws/vendedlogs/order-processing-prod-api"},
            name="x",
        ),
        hide(*RELAY, *ACCESS_LOG, loggingConfig={"logGroup": UNKNOWN}, name=UNKNOWN),
    ],
    "policies-refuse-plain-http": [
        deny_plain_http(),
        deny_plain_http(Action="*"),
        *(
            add(
                types.TOPIC_POLICY,
                policy=document({**DENIAL, "Action": [action], "Condition": WITHOUT_TLS}),
            )
            for action in ("*", "sns:*", "sns:Publish")
        ),
    ],
    "queues-and-topics-tls-only": [
        deny_plain_http(),
        hide(*QUEUE_POLICY, *QUEUE, queueUrl=UNKNOWN),
    ],
    "buckets-tls-only": [
        edit(
            *BUCKET_POLICY,
            policy=document({**DENIAL, "Action": "s3:*", "Condition": WITHOUT_TLS}),
        ),
        hide(*BUCKET_POLICY, *BUCKET, bucket=UNKNOWN),
    ],
    "buckets-block-public-access": [
        hide("storefront-public-access-block", types.PUBLIC_ACCESS_BLOCK, *BUCKET, bucket=UNKNOWN),
    ],
    "distributions-require-https": [
        edit(*DISTRIBUTION, viewerCertificate=_OWN_CERTIFICATE, orderedCacheBehaviors=[BEHAVIOR]),
        edit(*DISTRIBUTION, viewerCertificate=UNKNOWN, defaultCacheBehavior=UNKNOWN),
    ],
    "buckets-behind-origin-access-control": [
        edit(
            *DISTRIBUTION, origins=[{"customOriginConfig": {"originProtocolPolicy": "https-only"}}]
        ),
        edit(*DISTRIBUTION, origins=[{"originAccessControlId": UNKNOWN}]),
    ],
    "pages-have-security-headers": [
        edit(*DISTRIBUTION, defaultCacheBehavior={**BEHAVIOR, "responseHeadersPolicyId": UNKNOWN}),
    ],
    "no-public-function-urls": [add(types.FUNCTION_URL, authorizationType="AWS_IAM")],
    "no-public-buckets": [
        add(types.BUCKET, bucketPrefix="orders"),
        add(types.PUBLIC_ACCESS_BLOCK, **dict.fromkeys(BLOCKS, True)),
    ],
    "no-open-ingress": [
        add(types.SECURITY_GROUP, egress=[{"cidrBlocks": ["0.0.0.0/0"]}]),
        add(types.SECURITY_GROUP_RULE, type="egress", cidrBlocks=["0.0.0.0/0"]),
        add(types.INGRESS_RULE, referencedSecurityGroupId="sg-1"),
    ],
    "stages-throttle": [
        rest_stage(),
        rest_stage(settings={"throttlingBurstLimit": 0.0, "throttlingRateLimit": UNKNOWN}),
        both(add(types.METHOD_SETTINGS, methodPath="orders/POST"), rest_stage()),
    ],
    "no-bodies-in-execution-logs": [
        add(types.METHOD_SETTINGS, settings={"loggingLevel": "ERROR"}),
    ],
    "functions-behind-aliases": [
        add(types.MAPPING, functionName=f"{LAMBDA_ARN}:live"),
        add(types.REST_INTEGRATION, uri=f"{LAMBDA_URI}/{LAMBDA_ARN}:live/invocations"),
        add(types.REST_INTEGRATION, type="MOCK"),
        hide(*INTEGRATION, *_ALIAS, integrationUri=UNKNOWN),
        add(types.HTTP_INTEGRATION, integrationUri="https://example.com"),
    ],
    "routes-authorized": [
        add(types.REST_METHOD, httpMethod="POST", authorization="AWS_IAM"),
        add(types.REST_METHOD, httpMethod="GET", authorization="NONE", apiKeyRequired=True),
        add(types.REST_METHOD, httpMethod="OPTIONS", authorization="NONE"),
        add(types.HTTP_ROUTE, routeKey="OPTIONS /{proxy+}", authorizationType="NONE"),
    ],
}
