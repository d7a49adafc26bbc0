"""What rules say of who gets in, and how: which changes break them, and which only look as if they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.rules import UNKNOWN, kinds
from tests.policy.support.changes import Allowed, Breach, add, both, document, drop, edit, hide

if TYPE_CHECKING:
    from tests.policy.support.changes import Change

_DENY = "deny every principal with the condition Bool aws:SecureTransport false"
_TLS = f"lets requests in that do not come over TLS; {_DENY}"
_DENIAL = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
_WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
_WITH_TLS = {"Bool": {"aws:SecureTransport": "true"}}
_CONNECT = "name the networks or the security groups that may connect"
_PERMISSION = "orders-api-gateway-post-orders-permission"
_CLOSED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_LIMITED = {"throttlingBurstLimit": 1.0, "throttlingRateLimit": 1.0}
_LIMITS = " and ".join(_LIMITED)
_UNLIMITED = f"does not limit its clients; add MethodSettings of '*/*' with {_LIMITS}"
_NO_LIMITS: tuple[dict[str, object], ...] = (
    {"settings": {}},
    {"settings": {"throttlingBurstLimit": 5.0}},
    {"settings": {"throttlingBurstLimit": 5.0, "throttlingRateLimit": -1.0}},
    {"restApi": "y"},
    {"stageName": "test"},
    {"methodPath": "orders/POST"},
)
_POLICY = ("fan-out-email-queue-policy", kinds.QUEUE_POLICY)


def _email_policy(**statement: object) -> Change:
    return edit(*_POLICY, policy=document({**_DENIAL, **statement}))


def _rest_stage(**settings: object) -> Change:
    """A stage of a REST API, with settings that limit it as far as they are not replaced."""
    limits = {
        "restApi": "x",
        "stageName": "live",
        "methodPath": "*/*",
        "settings": _LIMITED,
        **settings,
    }
    return both(
        add(kinds.REST_STAGE, restApi="x", stageName="live"),
        add(kinds.REST_METHOD_SETTINGS, **limits),
    )


BREACHES = (
    Breach(
        "policies-refuse-plain-http",
        edit("fan-out-topic-policy", kinds.TOPIC_POLICY, policy=document()),
        _TLS,
    ),
    Breach("policies-refuse-plain-http", _email_policy(), _TLS),
    Breach("policies-refuse-plain-http", _email_policy(Condition=_WITH_TLS), _TLS),
    Breach(
        "policies-refuse-plain-http",
        _email_policy(Condition=_WITHOUT_TLS, Action="sqs:SendMessage"),
        _TLS,
    ),
    Breach(
        "policies-refuse-plain-http",
        _email_policy(Condition=_WITHOUT_TLS, Principal={"AWS": "1"}),
        _TLS,
    ),
    Breach(
        "policies-refuse-plain-http",
        _email_policy(Condition=_WITHOUT_TLS, NotResource="arn:aws:sqs:x"),
        _TLS,
    ),
    Breach(
        "policies-refuse-plain-http",
        _email_policy(Condition={**_WITHOUT_TLS, "ArnEquals": {"x": "y"}}),
        _TLS,
    ),
    Breach(
        "policies-refuse-plain-http",
        edit(
            "fan-out-topic-policy",
            kinds.TOPIC_POLICY,
            policy=document({**_DENIAL, "Condition": _WITHOUT_TLS}),
        ),
        _TLS,
    ),
    Breach(
        "queues-and-topics-tls-only",
        drop("fan-out-relay-dead-letters-policy", kinds.QUEUE_POLICY),
        "has no policy that refuses requests without TLS; add a QueuePolicy",
    ),
    Breach(
        "queues-and-topics-tls-only",
        drop("monitoring-topic-policy", kinds.TOPIC_POLICY),
        "has no policy that refuses requests without TLS; add a TopicPolicy",
    ),
    Breach(
        "queues-and-topics-tls-only",
        _email_policy(Condition=_WITHOUT_TLS, Resource="arn:aws:sqs:x"),
        "is not what its policy 'fan-out-email-queue-policy' refuses plain HTTP for; deny it for the ARN of this one",
    ),
    Breach(
        "no-public-function-urls",
        add(kinds.FUNCTION_URL, authorizationType="NONE"),
        "lets everybody invoke its function; set authorizationType to AWS_IAM",
    ),
    Breach(
        "permissions-name-their-source",
        edit(_PERMISSION, kinds.PERMISSION, sourceArn=None),
        "lets apigateway.amazonaws.com invoke its function on behalf of any account; set sourceArn to the ARN of the "
        "one resource that may",
    ),
    Breach(
        "permissions-name-their-source",
        edit(_PERMISSION, kinds.PERMISSION, principal="*"),
        "lets everybody invoke its function; set principal to the one that may",
    ),
    *(
        Breach(
            "no-public-buckets",
            add(kinds.BUCKET_ACL, acl=acl),
            f"opens a bucket with the ACL '{acl}'; leave it out, or set it to private",
        )
        for acl in ("public-read", "public-read-write", "authenticated-read")
    ),
    Breach(
        "no-public-buckets",
        add(kinds.BUCKET_ACCESS, restrictPublicBuckets=False),
        f"does not close its bucket; set {' and '.join(_CLOSED)} to true",
    ),
    Breach(
        "no-open-ingress",
        add(kinds.SECURITY_GROUP, ingress=[{"cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}]),
        f"lets in 0.0.0.0/0; {_CONNECT}",
    ),
    Breach(
        "no-open-ingress",
        add(kinds.INGRESS_RULE, cidrIpv4="0.0.0.0/0"),
        f"lets in 0.0.0.0/0; {_CONNECT}",
    ),
    Breach(
        "no-open-ingress", add(kinds.INGRESS_RULE, cidrIpv6="::/0"), f"lets in ::/0; {_CONNECT}"
    ),
    Breach(
        "no-open-ingress",
        add(kinds.SECURITY_GROUP_RULE, type="ingress", cidrBlocks=["0.0.0.0/0"]),
        f"lets in 0.0.0.0/0; {_CONNECT}",
    ),
    Breach(
        "no-open-ingress",
        add(kinds.SECURITY_GROUP_RULE, type="ingress", ipv6CidrBlocks=["::/0"]),
        f"lets in ::/0; {_CONNECT}",
    ),
    Breach(
        "stages-log-access",
        edit("orders-api-gateway-stage", kinds.HTTP_STAGE, accessLogSettings=None),
        "writes no access log; set accessLogSettings.destinationArn to a log group",
    ),
    Breach(
        "stages-throttle",
        edit(
            "orders-api-gateway-stage",
            kinds.HTTP_STAGE,
            defaultRouteSettings={"throttlingRateLimit": 5.0},
        ),
        "does not limit its clients; set throttlingBurstLimit in defaultRouteSettings",
    ),
    *(Breach("stages-throttle", _rest_stage(**settings), _UNLIMITED) for settings in _NO_LIMITS),
    Breach(
        "no-bodies-in-execution-logs",
        add(kinds.REST_METHOD_SETTINGS, settings={"dataTraceEnabled": True}),
        "logs the bodies of requests; set settings.dataTraceEnabled to false",
    ),
    Breach(
        "no-bodies-in-execution-logs",
        edit(
            "orders-api-gateway-stage",
            kinds.HTTP_STAGE,
            defaultRouteSettings={"dataTraceEnabled": True},
        ),
        "logs the bodies of requests; set defaultRouteSettings.dataTraceEnabled to false",
    ),
)

ALLOWED = (
    Allowed("policies-refuse-plain-http", _email_policy(Condition=_WITHOUT_TLS)),
    Allowed("policies-refuse-plain-http", _email_policy(Condition=_WITHOUT_TLS, Action="*")),
    *(
        Allowed(
            "policies-refuse-plain-http",
            add(
                kinds.TOPIC_POLICY,
                policy=document({**_DENIAL, "Action": [action], "Condition": _WITHOUT_TLS}),
            ),
        )
        for action in ("*", "sns:*", "sns:Publish")
    ),
    Allowed("queues-and-topics-tls-only", _email_policy(Condition=_WITHOUT_TLS)),
    Allowed(
        "queues-and-topics-tls-only",
        hide(*_POLICY, "fan-out-email-queue", kinds.QUEUE, queueUrl=UNKNOWN),
    ),
    Allowed("no-public-function-urls", add(kinds.FUNCTION_URL, authorizationType="AWS_IAM")),
    Allowed("no-public-buckets", add(kinds.BUCKET, bucketPrefix="orders")),
    Allowed("no-public-buckets", add(kinds.BUCKET_ACCESS, **dict.fromkeys(_CLOSED, True))),
    Allowed("no-open-ingress", add(kinds.SECURITY_GROUP, egress=[{"cidrBlocks": ["0.0.0.0/0"]}])),
    Allowed(
        "no-open-ingress", add(kinds.SECURITY_GROUP_RULE, type="egress", cidrBlocks=["0.0.0.0/0"])
    ),
    Allowed("no-open-ingress", add(kinds.INGRESS_RULE, referencedSecurityGroupId="sg-1")),
    Allowed("stages-throttle", _rest_stage()),
    Allowed(
        "stages-throttle",
        _rest_stage(settings={"throttlingBurstLimit": 0.0, "throttlingRateLimit": UNKNOWN}),
    ),
    Allowed(
        "stages-throttle",
        both(add(kinds.REST_METHOD_SETTINGS, methodPath="orders/POST"), _rest_stage()),
    ),
    Allowed(
        "no-bodies-in-execution-logs",
        add(kinds.REST_METHOD_SETTINGS, settings={"loggingLevel": "ERROR"}),
    ),
)
