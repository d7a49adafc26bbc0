"""Security schemes: API keys, JWTs and IAM signatures."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.config import StackConfig


def schemes(config: StackConfig) -> dict[str, Any]:
    """Return the security scheme of a stack, by name; empty without authorization."""
    return {} if config.auth == "none" else {config.auth: _SCHEMES[config.auth](config)}


def _key(_config: StackConfig) -> dict[str, Any]:
    return {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "API key of the client.",
    }


def _token(config: StackConfig) -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": f"Token of {config.jwt.issuer} for {' or '.join(config.jwt.audiences)}. The "
        f"claim `{config.jwt.customer_claim}` is the customer, whose orders alone are accessible.",
    }


def _signature(_config: StackConfig) -> dict[str, Any]:
    # OpenAPI has no type for IAM; API Gateway exports it like this.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
    return {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "awsSigv4",
        "description": "AWS Signature Version 4 of an IAM principal that is allowed "
        "`execute-api:Invoke`.",
    }


_SCHEMES: Final[Mapping[str, Callable[[StackConfig], dict[str, Any]]]] = {
    "apiKey": _key,
    "jwt": _token,
    "iam": _signature,
}
