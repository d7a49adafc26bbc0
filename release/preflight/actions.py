"""IAM actions of the preflight checks, by service and operation: all of them only read."""

from typing import Final

# The names of services are those of boto3. `python -m release preflight` needs each action; without
# one, its check is "not checked".
ACTIONS: Final = {
    ("lambda", "GetAccountSettings"): "lambda:GetAccountSettings",
    ("lambda", "GetFunctionConcurrency"): "lambda:GetFunctionConcurrency",
    # Everybody may call it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    ("sts", "GetCallerIdentity"): "sts:GetCallerIdentity",
}
