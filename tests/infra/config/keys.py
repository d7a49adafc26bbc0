"""Configuration keys by path, such as `smtp.port`, with the texts that a program gets."""

from __future__ import annotations

import json
from typing import Any, Final

from infra.config.values import API_FUNCTIONS

CERTIFICATE: Final = "arn:aws:acm:us-east-1:123456789012:certificate/1b4f"
SECRET: Final = "arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf"

# Valid objects, which lend their required keys to a test that sets another key inside.
OBJECTS: Final[dict[str, dict[str, Any]]] = {
    **{f"provisionedConcurrency.{name}": {"min": 1, "max": 5} for name in API_FUNCTIONS},
    "canary": {"steps": [10, 50]},
    "domain": {"name": "api.shop-orders.net", "certificateArn": CERTIFICATE},
    "domain.failover": {"role": "secondary"},
    "jwt": {"issuer": "https://id.shop-orders.net", "audiences": ["shop"]},
    "smtp": {"host": "smtp.shop-orders.net", "secretArn": SECRET},
    "vpc": {"vpcId": "vpc-0a1b", "subnetIds": ["subnet-0a1b"]},
}


def text(value: Any) -> str:
    """Return a value as Pulumi hands it over."""
    return value if isinstance(value, str) else json.dumps(value)


def nested(path: str, value: Any) -> dict[str, str]:
    """Return the key whose value holds another value at a path, besides what is required there."""
    path = path.replace("<function>", "orders")
    while "." in path:
        path, _, name = path.rpartition(".")
        value = {**OBJECTS.get(path, {}), name: value}
    return {path: text(value)}
