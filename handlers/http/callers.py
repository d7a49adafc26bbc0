"""The caller of a request, as the gateway authenticated it: customer, API key or IAM principal."""

import re
from collections.abc import Mapping
from typing import Any, Final

from handlers.validation import text
from handlers.validation.normalization import nfc

# A role's session name differs from session to session.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
_SESSION: Final = re.compile(r"(.*:assumed-role/.+)/[^/]*")


class ForbiddenError(Exception):
    """The caller is not authorized; the message is for the log."""


def customer_from_token(claims: Mapping[str, Any], claim: str) -> str | None:
    """Return the customer ID in a claim of the caller's token; None where `claim` is empty.

    Raises:
        ForbiddenError: the claim holds no customer ID.
    """
    if not claim:
        return None
    customer_id = nfc(claims.get(claim))
    if not isinstance(customer_id, str) or not text.is_customer_id(customer_id):
        raise ForbiddenError("The token holds no customer ID")
    return customer_id


def principal(context: Mapping[str, Any]) -> str | None:
    """Return the API key or IAM principal in a `requestContext`; None without either.

    The name is the same for every session of a role, and on both kinds of gateway. A REST API has
    it in `identity`, an HTTP API in `authorizer.iam`.
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
