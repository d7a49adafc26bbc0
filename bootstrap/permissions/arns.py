"""Patterns of the ARNs that more than one module of permissions names."""

from typing import Final

from bootstrap.permissions.grant import arn

# The stack's, by their names.
QUEUES: Final = arn("sqs", "{prefix}-*")
TOPICS: Final = arn("sns", "{prefix}-*")
TABLES: Final = arn("dynamodb", "table/{prefix}-*")
FUNCTIONS: Final = arn("lambda", "function:{prefix}-*")
ROLES: Final = arn("iam", "role/{prefix}-*", regional=False)
FUNCTION_LOGS: Final = arn("logs", "log-group:/aws/lambda/{prefix}-*")
CONFIGURATION_SETS: Final = arn("ses", "configuration-set/{prefix}-*")

# Everybody's: the IDs are generated, and identities are addresses and domains.
KEYS: Final = arn("kms", "key/*")
IDENTITIES: Final = arn("ses", "identity/*")
VPCS: Final = arn("ec2", "vpc/*")
