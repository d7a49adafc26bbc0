"""The API key or IAM principal that a request comes from, where the gateway checked one."""

import re
from collections.abc import Mapping
from typing import Any, Final

# A role's session name is chosen anew for each session.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
_SESSION: Final = re.compile(r"(.*:assumed-role/.+)/[^/]*")


def principal_of(context: Mapping[str, Any]) -> str | None:
    """Return who sent a request, by its `requestContext`; None where callers need neither an API key nor a signature.

    The name is the same for every session of a role, and on both kinds of gateway. A REST API has it in `identity`, an
    HTTP API in `authorizer.iam`.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    identity = context.get("identity") or {}
    if key := identity.get("apiKeyId"):
        return f"API key {key}"
    iam = (context.get("authorizer") or {}).get("iam") or identity
    # Users of a Cognito identity pool share a role.
    if user := (iam.get("cognitoIdentity") or {}).get("identityId") or iam.get("cognitoIdentityId"):
        return f"Cognito identity {user}"
    if arn := iam.get("userArn"):
        role = _SESSION.fullmatch(arn)
        return f"IAM principal {arn}" if role is None else f"IAM principal {role[1]}"
    if name := iam.get("userId") or iam.get("user"):  # of a role, `AROA...:session`
        return f"IAM principal {name.partition(':')[0]}"
    return None
