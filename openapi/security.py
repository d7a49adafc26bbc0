"""How callers say who they are."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.config import StackConfig


def schemes(config: StackConfig) -> dict[str, Any]:
    """Return the way that a stack asks for, by its name; nothing where everybody may call."""
    return {} if config.auth == "none" else {config.auth: _SCHEMES[config.auth](config)}


def _key(_config: StackConfig) -> dict[str, Any]:
    return {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "A client's own key.",
    }


def _token(config: StackConfig) -> dict[str, Any]:
    claim = f"Its claim `{config.jwt.customer_claim}` is the customer, whose orders alone can be made and read."
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": f"A token of {config.jwt.issuer} for {' or '.join(config.jwt.audiences)}. {claim}",
    }


def _signature(_config: StackConfig) -> dict[str, Any]:
    # OpenAPI has no word for it; this is how API Gateway's own exports say it.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
    return {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "awsSigv4",
        "description": "A signature (AWS Signature Version 4) of an IAM principal that may `execute-api:Invoke` this.",
    }


_SCHEMES: Final[Mapping[str, Callable[[StackConfig], dict[str, Any]]]] = {
    "apiKey": _key,
    "jwt": _token,
    "iam": _signature,
}
