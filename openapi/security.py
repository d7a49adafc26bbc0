"""Security schemes: API keys, JWTs and IAM signatures."""

from typing import Any, Final

from infra.config import StackConfig
from infra.config.objects import Jwt

_API_KEY: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Api-Key",
    "description": "API key of the client.",
}
# OpenAPI has no type for IAM; API Gateway exports it like this.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
_SIGNATURE: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "x-amazon-apigateway-authtype": "awsSigv4",
    "description": "AWS Signature Version 4 of an IAM principal that is allowed "
    "`execute-api:Invoke`.",
}


def schemes(config: StackConfig) -> dict[str, Any]:
    """Return the security scheme of a stack, by name; empty without authorization."""
    if config.jwt:
        return {"jwt": _token(config.jwt)}
    return {"apiKey": {"apiKey": _API_KEY}, "iam": {"iam": _SIGNATURE}}.get(config.auth, {})


def _token(jwt: Jwt) -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": f"Token of {jwt.issuer} for {' or '.join(jwt.audiences)}. The "
        f"claim `{jwt.customer_claim}` is the customer, whose orders alone are accessible.",
    }
