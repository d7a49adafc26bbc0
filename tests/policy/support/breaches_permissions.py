"""What rules say of policies: which break them, and which only look as if they did."""

from __future__ import annotations

import json

from policy.rules import kinds
from tests.policy.support.changes import Allowed, Breach, add, allows, document, edit

_POLICY = "aws:iam/rolePolicy:RolePolicy"
_HERE = "us-east-1:123456789012"
_TABLE = f"arn:aws:dynamodb:{_HERE}:table/orders"
_QUEUE = f"arn:aws:sqs:{_HERE}:orders"
_ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}
_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
_TABLES = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess_v2"
_LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_OWN = "arn:aws:iam::123456789012:policy/AdministratorAccess"
_VPC = [
    *("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"),
    *("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ec2:DescribeSubnets"),
]
_IDENTITIES = f"arn:aws:ses:{_HERE}:identity/*"
_ONE_SENDER = {"StringEquals": {"ses:FromAddress": "orders@example.com"}}
_TRACE = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]

_ENDPOINT = {
    "Principal": "*",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": "1", "aws:ResourceAccount": "1"}},
}
_ONE_SIDE = {"Condition": {"StringEquals": {"aws:PrincipalAccount": "1"}}}

_FIRST = "(policy, statement 0)"
_ACTIONS = "name each action that it needs"
_ARNS = "name each resource by its ARN, with a '*' only for what is within it"
_WRITE = "write a policy that allows what is needed"


def _allowing(**statement: object) -> str:
    return document({"Effect": "Allow", **statement})


BREACHES = (
    Breach(
        "no-wildcard-actions",
        edit("orders-api-orders-store-orders", _POLICY, policy=allows("dynamodb:*", _TABLE)),
        f"allows the actions 'dynamodb:*' {_FIRST}; {_ACTIONS}",
    ),
    Breach(
        "no-wildcard-actions",
        add(_POLICY, policy=allows(["sqs:SendMessage", "sqs:Get??"], _QUEUE)),
        f"allows the actions 'sqs:Get??' {_FIRST}; {_ACTIONS}",
    ),
    Breach(
        "no-wildcard-actions",
        add(kinds.ROLE, inlinePolicies=[{"policy": allows("*", _QUEUE, Sid="All")}]),
        f"allows the actions '*' (inlinePolicies[0].policy, statement All); {_ACTIONS}",
    ),
    Breach(
        "no-wildcard-actions",
        add(kinds.VPC_ENDPOINT, policy=allows("*", _QUEUE, **_ONE_SIDE)),
        f"allows the actions '*' {_FIRST}; {_ACTIONS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(kinds.VPC_ENDPOINT, policy=allows("sqs:SendMessage", "*", **_ONE_SIDE)),
        f"allows sqs:SendMessage for '*' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-actions",
        add(_POLICY, policy=_allowing(NotAction="iam:*", Resource=_TABLE)),
        f"allows every action but a few {_FIRST}; name the actions that it needs",
    ),
    Breach(
        "no-wildcard-actions",
        add(
            kinds.KEY,
            policy=allows("kms:*", "*", Principal={**_ACCOUNT, "Service": "sns.amazonaws.com"}),
        ),
        f"allows the actions 'kms:*' {_FIRST}; {_ACTIONS}",
    ),
    Breach(
        "no-wildcard-resources",
        edit("orders-api-orders-store-orders", _POLICY, policy=allows("dynamodb:PutItem", "*")),
        f"allows dynamodb:PutItem for '*' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("dynamodb:PutItem", f"arn:aws:dynamodb:{_HERE}:table/*")),
        f"allows dynamodb:PutItem for 'arn:aws:dynamodb:{_HERE}:table/*' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("logs:PutLogEvents", f"arn:aws:logs:{_HERE}:log-group:/aws/*")),
        f"allows logs:PutLogEvents for 'arn:aws:logs:{_HERE}:log-group:/aws/*' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("s3:GetObject", "arn:aws:s3:::*/*")),
        f"allows s3:GetObject for 'arn:aws:s3:::*/*' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("sqs:SendMessage", "arn:aws:sqs:*:123456789012:orders")),
        f"allows sqs:SendMessage for 'arn:aws:sqs:*:123456789012:orders' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(_POLICY, policy=allows(["xray:PutTraceSegments", "xray:GetGroups"], "*")),
        f"allows xray:PutTraceSegments and xray:GetGroups for '*' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("ses:SendEmail", _IDENTITIES)),
        f"allows ses:SendEmail for '{_IDENTITIES}' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(
            _POLICY,
            policy=allows(
                "ses:SendEmail", _IDENTITIES, Condition={"StringLike": {"ses:FromAddress": "*"}}
            ),
        ),
        f"allows ses:SendEmail for '{_IDENTITIES}' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(
            _POLICY,
            policy=allows(
                ["ses:DeleteEmailIdentity", "ses:SendEmail"], _IDENTITIES, Condition=_ONE_SENDER
            ),
        ),
        f"allows ses:DeleteEmailIdentity and ses:SendEmail for '{_IDENTITIES}' {_FIRST}; {_ARNS}",
    ),
    Breach(
        "no-wildcard-resources",
        add(_POLICY, policy=_allowing(Action="sqs:SendMessage", NotResource=_QUEUE)),
        f"allows everything but a few resources {_FIRST}; name the resources that it needs",
    ),
    Breach(
        "no-public-principals",
        add(kinds.QUEUE_POLICY, policy=allows("sqs:SendMessage", _QUEUE, Principal="*")),
        f"lets everybody in {_FIRST}; name who may, or add a condition that says who",
    ),
    Breach(
        "no-public-principals",
        add(
            "aws:s3/bucketPolicy:BucketPolicy",
            policy=allows("s3:GetObject", "x", Principal={"AWS": ["*"]}),
        ),
        f"lets everybody in {_FIRST}; name who may, or add a condition that says who",
    ),
    Breach(
        "no-public-principals",
        add(
            kinds.QUEUE_POLICY,
            policy=_allowing(Action="sqs:SendMessage", Resource=_QUEUE, NotPrincipal=_ACCOUNT),
        ),
        f"lets in everybody but a few {_FIRST}; name who may",
    ),
    Breach(
        "no-admin-policies",
        add(kinds.ROLE_ATTACHMENT, policyArn=_ADMIN),
        f"attaches AWS's policy 'AdministratorAccess'; {_WRITE}",
    ),
    Breach(
        "no-admin-policies",
        edit("orders-api-orders-role", kinds.ROLE, managedPolicyArns=[_LOGS, _TABLES]),
        f"attaches AWS's policy 'AmazonDynamoDBFullAccess_v2'; {_WRITE}",
    ),
    Breach(
        "no-aws-managed-policies",
        add(kinds.ROLE_ATTACHMENTS, policyArns=[_LOGS]),
        f"attaches AWS's policy 'service-role/AWSLambdaBasicExecutionRole', which AWS may widen; {_WRITE}",
    ),
)

ALLOWED = (
    # An endpoint policy that is limited to the account.
    *(
        Allowed(rule, add(kinds.VPC_ENDPOINT, policy=allows("*", "*", **_ENDPOINT)))
        for rule in ("no-wildcard-actions", "no-wildcard-resources", "no-public-principals")
    ),
    # The statement without which a key can be lost, in which "*" is the key.
    Allowed("no-wildcard-actions", add(kinds.KEY, policy=allows("kms:*", "*", Principal=_ACCOUNT))),
    Allowed(
        "no-wildcard-resources",
        add(kinds.KEY_POLICY, policy=allows("kms:Decrypt", "*", Principal=_ACCOUNT)),
    ),
    # Refusing may be as wide as one likes.
    Allowed(
        "no-wildcard-actions",
        add(_POLICY, policy=document({"Effect": "Deny", "Action": "*", "Resource": "*"})),
    ),
    Allowed(
        "no-wildcard-resources",
        add(_POLICY, policy=document({"Effect": "Deny", "NotResource": "*"})),
    ),
    # Texts that look like documents, and documents that AWS itself refuses.
    Allowed("no-wildcard-actions", add("aws:apigateway/resource:Resource", pathPart="{proxy+}")),
    Allowed("no-wildcard-actions", add(_POLICY, policy=json.dumps({"Statement": "*"}))),
    # Actions without ARNs, alone or together.
    Allowed("no-wildcard-resources", add(_POLICY, policy=allows(_VPC, "*"))),
    Allowed("no-wildcard-resources", add(_POLICY, policy=allows(_VPC, f"arn:aws:ec2:{_HERE}:*/*"))),
    Allowed("no-wildcard-resources", add(_POLICY, policy=allows([*_TRACE, *_VPC], "*"))),
    # Every identity of the account, for one sender.
    Allowed(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("ses:SendEmail", _IDENTITIES, Condition=_ONE_SENDER)),
    ),
    # What is within a named resource.
    Allowed(
        "no-wildcard-resources", add(_POLICY, policy=allows("dynamodb:Query", f"{_TABLE}/index/*"))
    ),
    Allowed(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("s3:GetObject", "arn:aws:s3:::bucket/*")),
    ),
    Allowed(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("x:Y", f"arn:aws:lambda:{_HERE}:function:orders:*")),
    ),
    Allowed(
        "no-wildcard-resources",
        add(_POLICY, policy=allows("x:Y", f"arn:aws:execute-api:{_HERE}:a1/*/GET/x")),
    ),
    # Everybody who meets a condition.
    Allowed(
        "no-public-principals",
        add(
            kinds.QUEUE_POLICY,
            policy=allows("x:Y", _QUEUE, Principal="*", Condition={"ArnEquals": {"x": "y"}}),
        ),
    ),
    # A policy of one's own, whatever it is called, and a boundary, which gives nothing.
    Allowed("no-admin-policies", add(kinds.ROLE_ATTACHMENT, policyArn=_OWN)),
    Allowed("no-admin-policies", add(kinds.ROLE_ATTACHMENT, policyArn=_LOGS)),
    Allowed("no-aws-managed-policies", add(kinds.ROLE_ATTACHMENT, policyArn=_OWN)),
    Allowed("no-aws-managed-policies", add(kinds.ROLE, permissionsBoundary=_ADMIN)),
)
