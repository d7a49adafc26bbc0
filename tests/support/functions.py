"""The handlers, imported as in Lambda: once per process, with environment variables."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import sys
from typing import TYPE_CHECKING, Any, Final

import moto  # noqa: F401 - before the first client, so that it is mocked
import pytest
from botocore import handlers

from handlers.common.contract import CUSTOMER_INDEX
from tests.support.connection import Connection
from tests.support.console import Console
from tests.support.deliveries import Context

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

REGION: Final = "eu-central-1"
ORDERS_TABLE: Final = "orders"
AUDIT_TABLE: Final = "audit-logs"
SENT_EMAILS_TABLE: Final = "sent-emails"
TOPIC: Final = "orders-topic"
TOPIC_ARN: Final = f"arn:aws:sns:{REGION}:123456789012:{TOPIC}"
ORDER_QUEUE: Final = "orders"
ORDER_QUEUE_URL: Final = f"https://sqs.{REGION}.amazonaws.com/123456789012/{ORDER_QUEUE}"
SENDER: Final = "orders@shop.example.com"
CONFIGURATION_SET: Final = "email"

ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "ENVIRONMENT": "test",
    "LOG_LEVEL": "INFO",
    "METRICS_NAMESPACE": "order-processing",
    "ORDERS_TABLE_NAME": ORDERS_TABLE,
    "CUSTOMER_INDEX_NAME": CUSTOMER_INDEX,
    "CUSTOMER_CLAIM": "",
    "ORDER_RETENTION_DAYS": "90",
    "CORS_ORIGINS": "*",
    "CONTACT": "required",
    "ORDER_QUEUE_URL": ORDER_QUEUE_URL,
    "TOPIC_ARN": TOPIC_ARN,
    "AUDIT_TABLE_NAME": AUDIT_TABLE,
    "SENT_EMAILS_TABLE_NAME": SENT_EMAILS_TABLE,
    "SENT_EMAILS_RETENTION_DAYS": "120",
    # Most tests have one customer; those of the limit set another.
    "CONFIRMATIONS_PER_HOUR": "1000",
    "EMAIL_TRANSPORT": "ses",
    "EMAIL_FROM": SENDER,
    "EMAIL_CONFIGURATION_SET": CONFIGURATION_SET,
}


HANDLERS: Final = ("orders", "intake", "processor", "lookup", "relay", "audit", "email")


class Functions:
    """The handlers of a process, with their console and their connection to AWS."""

    def __init__(self) -> None:
        self.console = Console()
        self.connection = Connection()
        self._loaded = {name: self.load(name) for name in HANDLERS}

    def load(self, name: str, environment: Mapping[str, str] | None = None) -> ModuleType:
        """Import a handler afresh, with environment variables changed."""
        module = f"handlers.{name}.handler"
        sys.modules.pop(module, None)
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(self.console):
            for key, value in {**ENVIRONMENT, **(environment or {})}.items():
                patch.setenv(key, value)
            # For the sessions of handlers and their libraries, not for those of tests.
            patch.setattr(
                handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, *self.connection.hooks]
            )
            try:
                return importlib.import_module(module)
            finally:
                # Also if the import fails, as a missing variable makes it. This process goes on.
                gc.enable()
                gc.unfreeze()

    def invoke(self, handler: str | ModuleType, event: Any, context: Context | None = None) -> Any:
        """Invoke a handler; console and connection then hold this invocation only."""
        module = self._loaded[handler] if isinstance(handler, str) else handler
        self.connection.calls.clear()
        with self.console.of_one_invocation():
            return module.handle(event, context or Context())


@functools.cache
def functions() -> Functions:
    """The handlers of this process; call it in a mocked account."""
    return Functions()
