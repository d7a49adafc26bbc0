"""One module per AWS service, with an adapter for each resource type that the program may use."""

from local.adapters import apigatewayv2, cloudwatch, dynamodb, iam, lambda_, secretsmanager, sesv2, sns, sqs
from local.adapters.base import Adapter, Created, Target

_MODULES = (apigatewayv2, cloudwatch, dynamodb, iam, lambda_, secretsmanager, sesv2, sns, sqs)
ADAPTERS: dict[str, Adapter] = {token: adapter for module in _MODULES for token, adapter in module.ADAPTERS.items()}

__all__ = ["ADAPTERS", "Adapter", "Created", "Target"]
