"""What is watched: the functions, queues, tables and the gateway, gathered from the other components."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from infra.alarms import WatchedTable
from infra.audit_store import ORDER_INDEX, AuditStore
from infra.confirmation_email import ConfirmationEmail
from infra.fan_out import FanOut
from infra.function import Function
from infra.gateway import GatewayMetrics
from infra.orders_api import CUSTOMER_INDEX, OrdersApi
from infra.queue import visibility_timeout


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """Names of what is deployed; mappings go from a short label, such as `email`, to the deployed name."""

    gateway: GatewayMetrics
    functions: Sequence[Function]
    relay: Function
    tables: Sequence[WatchedTable]
    queues: Mapping[str, pulumi.Input[str]]
    visibility_seconds: Mapping[str, int]
    dead_letter_queues: Mapping[str, pulumi.Input[str]]

    @classmethod
    def of(cls, *, api: OrdersApi, fan_out: FanOut, audit: AuditStore, email: ConfirmationEmail) -> Self:
        """Gather everything; a workflow that was added to the fan-out is watched without further words."""
        workflows = fan_out.workflows
        dead_letters = {workflow.label: workflow.dead_letters.name for workflow in workflows}
        return cls(
            gateway=api.gateway.metrics,
            functions=[api.function, fan_out.relay, *(workflow.function for workflow in workflows)],
            relay=fan_out.relay,
            tables=[
                WatchedTable(label="orders", name=api.table.name, index=CUSTOMER_INDEX),
                WatchedTable(label="audit", name=audit.table.name, index=ORDER_INDEX),
                WatchedTable(label="sent-emails", name=email.sent.name),
            ],
            queues={workflow.label: workflow.queue.name for workflow in workflows},
            visibility_seconds={w.label: visibility_timeout(w.function.timeout_seconds) for w in workflows},
            dead_letter_queues={**dead_letters, "relay": fan_out.relay_dead_letters.name},
        )
