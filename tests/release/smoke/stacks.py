"""Stacks for the smoke test: outputs that name a server of a test, and what its tables hold."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from orderctl.stack import Outputs
from release.smoke.model import SmokeOptions
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import ApiResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderctl.stack import Stack
    from release.smoke.model import Step
    from tests.orderctl.support.operator import OperatorStack
    from tests.release.smoke.api_server import ApiServer

TOKEN: Final = "e30.e30.e30"
FAST: Final = SmokeOptions(timeout_seconds=0.2, storefront_seconds=0.1, poll_seconds=0.01)

# The steps of a stack with direct ingestion.
DIRECT: Final = ["accepted", "replayed", "stored", "published", "emailed", "audited"]


def outputs_of(api: ApiServer, **changes: Any) -> dict[str, Any]:
    """The outputs of a stack with direct ingestion."""
    queues = {
        name: {key: url for key, url in api.operator.outputs[name].items() if key != "orders"}
        for name in ("queueUrls", "deadLetterQueueUrls")
    }
    own = {"ordersUrl": f"{api.url}/orders", "auth": "none", "emailTransport": "ses"}
    return {**api.operator.outputs, **queues, **own, **changes}


def stack_of(api: ApiServer, **changes: Any) -> Stack:
    """The stack with these outputs."""
    return replace(api.operator.stack, outputs=Outputs.model_validate(outputs_of(api, **changes)))


def names(steps: Sequence[Step]) -> list[str]:
    """The names of steps."""
    return [step.name for step in steps]


def items(operator: OperatorStack) -> dict[str, list[dict[str, Any]]]:
    """All items by their table."""
    return {
        table: operator.account.images(table)
        for table in (ORDERS_TABLE, AUDIT_TABLE, SENT_EMAILS_TABLE)
    }


def internal_error(_api: ApiServer, _headers: Mapping[str, str], _body: Any) -> ApiResponse:
    """Respond as a function that failed."""
    text = json.dumps({"error": "Internal server error", "requestId": "1"})
    return ApiResponse(500, {}, text)
