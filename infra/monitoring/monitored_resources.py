"""The functions, queues, tables and gateway that alarms and dashboards monitor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from handlers.common.contract import CUSTOMER_INDEX, ORDER_INDEX
from infra.audit_store import AuditStore
from infra.email.confirmation_email import ConfirmationEmail
from infra.functions.function import Function
from infra.gateway.args import GatewayMetrics
from infra.messaging.consumer import Consumer
from infra.messaging.fan_out import FanOut
from infra.orders_api import OrdersApi


@dataclass(frozen=True, kw_only=True)
class MonitoredTable:
    """A table by its short label and deployed name; a throttled index throttles its table."""

    label: str
    name: pulumi.Input[str]
    index: str | None = None


@dataclass(frozen=True, kw_only=True)
class MonitoredResources:
    """What the stack deploys, by kind.

    `api_function` counts orders as received, `writer` as processed. `configuration_set` is the
    dimension of SES metrics; None without SES.
    """

    gateway: GatewayMetrics
    api_function: Function
    writer: Function
    relay: Function
    functions: Sequence[Function]
    tables: Sequence[MonitoredTable]
    consumers: Sequence[Consumer]
    relay_dead_letters: pulumi.Input[str]
    configuration_set: pulumi.Input[str] | None

    @classmethod
    def of(
        cls, *, api: OrdersApi, fan_out: FanOut, audit: AuditStore, email: ConfirmationEmail
    ) -> Self:
        """Collect the resources of all components, those of every workflow included."""
        return cls(
            gateway=api.gateway.metrics,
            api_function=api.ingestion.api_function,
            writer=api.ingestion.writer,
            relay=fan_out.relay,
            functions=[*api.functions, *fan_out.functions],
            tables=[
                MonitoredTable(label="orders", name=api.table.name, index=CUSTOMER_INDEX),
                MonitoredTable(label="audit", name=audit.table.name, index=ORDER_INDEX),
                MonitoredTable(label="sent-emails", name=email.sent_emails.name),
            ],
            consumers=[*api.consumers, *fan_out.consumers],
            relay_dead_letters=fan_out.relay_dead_letters.name,
            configuration_set=email.transport.configuration_set,
        )

    @property
    def dead_letter_queues(self) -> Mapping[str, pulumi.Input[str]]:
        """The deployed names of the dead-letter queues, by their short labels."""
        names = {consumer.label: consumer.dead_letters.name for consumer in self.consumers}
        return {**names, "relay": self.relay_dead_letters}
