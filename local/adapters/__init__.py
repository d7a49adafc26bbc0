"""A module per AWS service, three for REST APIs, with an adapter for each resource type that the program may use."""

from local.adapters import (
    apigateway,
    apigateway_access,
    apigateway_stages,
    apigatewayv2,
    cloudwatch,
    dynamodb,
    ec2,
    iam,
    kms,
    lambda_,
    route53,
    secretsmanager,
    sesv2,
    sns,
    sqs,
    wafv2,
    xray,
)
from local.adapters.base import Adapter, Created, Target

_MODULES = (
    apigateway,
    apigateway_access,
    apigateway_stages,
    apigatewayv2,
    cloudwatch,
    dynamodb,
    ec2,
    iam,
    kms,
    lambda_,
    route53,
    secretsmanager,
    sesv2,
    sns,
    sqs,
    wafv2,
    xray,
)
ADAPTERS: dict[str, Adapter] = {
    token: adapter for module in _MODULES for token, adapter in module.ADAPTERS.items()
}

__all__ = ["ADAPTERS", "Adapter", "Created", "Target"]
