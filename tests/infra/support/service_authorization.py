"""The service authorization reference: the resource types of each action in the policies."""

from __future__ import annotations

import re
from typing import Final

# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# An action without a resource type takes "*" alone, and an ARN grants nothing for it.
_TABLE: Final = ("dynamodb", r"table/[^/:]+")
_INDEX: Final = ("dynamodb", r"table/[^/:]+/index/[^/:]+")
_STREAM: Final = ("dynamodb", r"table/[^/:]+/stream/.+")
_QUEUE: Final = ("sqs", r"[^/:]+")
_TOPIC: Final = ("sns", r"[^/:]+")
_IDENTITY: Final = ("ses", r"identity/.+")
_CONFIGURATION_SET: Final = ("ses", r"configuration-set/.+")
_TEMPLATE: Final = ("ses", r"template/.+")
_LOG_STREAM: Final = ("logs", r"log-group:[^:]+:log-stream:.+")
_SECRET: Final = ("secretsmanager", r"secret:.+")
_KEY: Final = ("kms", r"key/.+")
# Interfaces, subnets and security groups together, which one request names.
_INTERFACE: Final = ("ec2", r"\*/\*|(network-interface|subnet|security-group)/.+")

_Types = tuple[tuple[str, str], ...]
_NONE: Final[_Types] = ()

RESOURCE_TYPES: Final[dict[str, _Types]] = {
    "dynamodb:DeleteItem": (_TABLE,),
    "dynamodb:DescribeStream": (_STREAM,),
    "dynamodb:GetItem": (_TABLE,),
    "dynamodb:GetRecords": (_STREAM,),
    "dynamodb:GetShardIterator": (_STREAM,),
    "dynamodb:ListStreams": _NONE,
    "dynamodb:PutItem": (_TABLE,),
    "dynamodb:Query": (_TABLE, _INDEX),
    "dynamodb:UpdateItem": (_TABLE,),
    "ec2:AssignPrivateIpAddresses": (_INTERFACE,),
    "ec2:CreateNetworkInterface": (_INTERFACE,),
    "ec2:DeleteNetworkInterface": (_INTERFACE,),
    "ec2:DescribeNetworkInterfaces": _NONE,
    "ec2:DescribeSubnets": _NONE,
    "ec2:UnassignPrivateIpAddresses": (_INTERFACE,),
    "kms:Decrypt": (_KEY,),
    "kms:GenerateDataKey": (_KEY,),
    "logs:CreateLogStream": (_LOG_STREAM,),
    "logs:PutLogEvents": (_LOG_STREAM,),
    "secretsmanager:GetSecretValue": (_SECRET,),
    "ses:SendEmail": (_IDENTITY, _CONFIGURATION_SET, _TEMPLATE),
    "sns:Publish": (_TOPIC,),
    "sqs:DeleteMessage": (_QUEUE,),
    "sqs:GetQueueAttributes": (_QUEUE,),
    "sqs:ReceiveMessage": (_QUEUE,),
    "sqs:SendMessage": (_QUEUE,),
    "xray:PutTelemetryRecords": _NONE,
    "xray:PutTraceSegments": _NONE,
}


def grants(action: str, resource: str) -> bool:
    """Whether an action has a resource type that matches; "*" if it has none."""
    types = RESOURCE_TYPES[action]
    if not types:
        return resource == "*"
    return any(
        re.fullmatch(rf"arn:aws[a-z-]*:{service}:[^:]*:\d*:({path})", resource)
        for service, path in types
    )
