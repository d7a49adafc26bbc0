"""What is watched: the functions, queues, tables and the gateway, gathered from the other components."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from handlers.common.contract import CUSTOMER_INDEX, ORDER_INDEX
from infra.audit_store import AuditStore
from infra.email.confirmation_email import ConfirmationEmail
from infra.functions.function import Function
from infra.gateway import GatewayMetrics
from infra.messaging.fan_out import FanOut
from infra.messaging.queue import visibility_timeout
from infra.monitoring.alarms import WatchedQueue, WatchedTable
from infra.orders_api import OrdersApi


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What is deployed; `receiver` and `storer` are the packages that count orders as received and as processed."""

    gateway: GatewayMetrics
    functions: Sequence[Function]
    receiver: str
    storer: str
    relay: Function
    tables: Sequence[WatchedTable]
    queues: Sequence[WatchedQueue]
    dead_letter_queues: Mapping[str, pulumi.Input[str]]
    configuration_set: pulumi.Input[str] | None
    """The name under which SES counts what became of e-mails; None where they do not go through SES."""

    @classmethod
    def of(
        cls, *, api: OrdersApi, fan_out: FanOut, audit: AuditStore, email: ConfirmationEmail
    ) -> Self:
        """Gather everything; a workflow that was added to the fan-out is watched without further words."""
        order_queues, workflows = api.ingestion.queues, fan_out.workflows
        return cls(
            gateway=api.gateway.metrics,
            functions=[
                *api.functions,
                fan_out.relay,
                *(workflow.function for workflow in workflows),
            ],
            receiver=api.ingestion.api_function.package,
            storer=api.ingestion.writer.package,
            relay=fan_out.relay,
            tables=[
                WatchedTable(label="orders", name=api.table.name, index=CUSTOMER_INDEX),
                WatchedTable(label="audit", name=audit.table.name, index=ORDER_INDEX),
                WatchedTable(label="sent-emails", name=email.sent.name),
            ],
            queues=[
                *(
                    WatchedQueue(
                        label=q.label, name=q.queue.name, visibility_seconds=q.visibility_seconds
                    )
                    for q in order_queues
                ),
                *(
                    WatchedQueue(
                        label=workflow.label,
                        name=workflow.queue.name,
                        visibility_seconds=visibility_timeout(workflow.function.timeout_seconds),
                    )
                    for workflow in workflows
                ),
            ],
            dead_letter_queues={
                **{queue.label: queue.dead_letters.name for queue in order_queues},
                **{workflow.label: workflow.dead_letters.name for workflow in workflows},
                "relay": fan_out.relay_dead_letters.name,
            },
            configuration_set=email.transport.configuration_set,
        )
