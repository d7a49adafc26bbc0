"""The SMTP server's credentials, from a secret in Secrets Manager."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

# A rotated secret is used after five minutes.
_MAX_AGE_SECONDS: Final = 300


@dataclass(kw_only=True)
class SecretCredentials:
    """Credentials of one secret; `get_secret_value` is that of Secrets Manager."""

    arn: str
    get_secret_value: Callable[..., Any]
    _value: dict[str, str] = field(default_factory=dict, init=False)
    _read_at: float = field(default=0, init=False)

    def __call__(self) -> dict[str, str]:
        """Return `{"username", "password"}`, at most five minutes old."""
        now = time.monotonic()
        if not self._value or now - self._read_at > _MAX_AGE_SECONDS:
            secret = self.get_secret_value(SecretId=self.arn)["SecretString"]
            self._value, self._read_at = json.loads(secret), now
        return self._value
