"""The orders API: gateway, functions behind it, and the orders table, which is also the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import pulumi
import pulumi_aws as aws

from handlers.common.contract import CUSTOMER_INDEX
from handlers.validation.model import REQUEST_MODELS
from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.gateway.args import GatewayArgs, Route
from infra.gateway.http.api import HttpGateway, HttpSettings
from infra.gateway.rest.api import RestGateway, RestSettings
from infra.ingestion import (
    API_TIMEOUT_SECONDS,
    Ingestion,
    IngestionArgs,
    direct_ingestion,
    queued_ingestion,
)
from infra.inputs import joined
from infra.table import TableSettings, secure_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.messaging.consumer import Consumer

_SUBMIT: Final = ("/orders", "/order")
_READ: Final = ("/orders/{orderId}", "/customers/{customerId}/orders")


@dataclass(frozen=True, kw_only=True)
class OrdersApiArgs:
    """What the stack decides about the API.

    With `lookups`, callers can read orders. `customer_claim` is the claim of a JWT that holds the
    customer's ID, or empty. `detailed_metrics` are the gateway's metrics by route, at extra cost.
    """

    settings: FunctionSettings
    tables: TableSettings
    gateway: HttpSettings | RestSettings
    ingestion: Literal["direct", "queued"]
    lookups: bool
    customer_claim: str
    contact: Literal["required", "optional"]
    cors_origins: Sequence[pulumi.Input[str]]
    order_retention_days: int
    detailed_metrics: bool


class OrdersApi(pulumi.ComponentResource):
    """`POST /orders` with its alias `POST /order`, and optionally lookups of orders."""

    endpoint: pulumi.Output[str]
    orders_url: pulumi.Output[str]
    table: aws.dynamodb.Table
    ingestion: Ingestion
    functions: list[Function]
    gateway: HttpGateway | RestGateway

    def __init__(
        self, name: str, args: OrdersApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:OrdersApi", name, None, opts)
        self._name = name
        self.table = secure_table(
            f"{name}-table",
            suffix="orders",
            keys={"hash": "orderId"},
            index_name=CUSTOMER_INDEX,
            index={"hash": "customerId", "range": "createdAt"},
            settings=args.tables,
            parent=self,
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            ttl={"attribute_name": "expiresAt", "enabled": True},
        )
        ingest = queued_ingestion if args.ingestion == "queued" else direct_ingestion
        self.ingestion = ingest(
            name,
            IngestionArgs(settings=args.settings, table=self.table, environment=_order_rules(args)),
            self,
        )
        readers = [self._lookup(args)] if args.lookups else []
        self.functions = [*self.ingestion.functions, *readers]
        gateway_args = self._gateway_args(args, readers)
        child = pulumi.ResourceOptions(parent=self)
        if isinstance(args.gateway, RestSettings):
            self.gateway = RestGateway(f"{name}-gateway", args.gateway, gateway_args, child)
        else:
            self.gateway = HttpGateway(f"{name}-gateway", args.gateway, gateway_args, child)
        self.endpoint = self.gateway.endpoint
        self.orders_url = pulumi.Output.concat(self.endpoint, "/orders")
        self.register_outputs({"endpoint": self.endpoint, "tableName": self.table.name})

    @property
    def consumers(self) -> list[Consumer]:
        """The order queue; empty without one."""
        return [self.ingestion.consumer] if self.ingestion.consumer else []

    def _gateway_args(self, args: OrdersApiArgs, readers: Sequence[Function]) -> GatewayArgs:
        api_function = self.ingestion.api_function
        body = REQUEST_MODELS[args.contact]
        submit = [
            Route(method="POST", path=path, function=api_function, body=body) for path in _SUBMIT
        ]
        read = [
            Route(method="GET", path=path, function=reader, body=None)
            for reader in readers
            for path in _READ
        ]
        return GatewayArgs(
            routes=[*submit, *read],
            fallback=api_function,
            cors_origins=args.cors_origins,
            log_retention_days=args.settings.log_retention_days,
            tracing=args.settings.tracing,
            detailed_metrics=args.detailed_metrics,
            encryption=args.settings.encryption,
        )

    def _lookup(self, args: OrdersApiArgs) -> Function:
        lookup = Function(
            f"{self._name}-lookup",
            FunctionArgs(
                package="lookup",
                description="Returns an order, or the orders of a customer",
                timeout_seconds=API_TIMEOUT_SECONDS,
                environment={
                    "ORDERS_TABLE_NAME": self.table.name,
                    "CUSTOMER_INDEX_NAME": CUSTOMER_INDEX,
                    **_callers(args),
                },
                settings=args.settings,
                synchronous=True,
                failure_metric="LookupsFailed",
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        get = {"Action": "dynamodb:GetItem", "Resource": self.table.arn}
        query = {
            "Action": "dynamodb:Query",
            "Resource": pulumi.Output.concat(self.table.arn, f"/index/{CUSTOMER_INDEX}"),
        }
        lookup.allow(
            "read-orders",
            [get, query, *args.settings.encryption.table_key_statements(self.table)],
            owner=self,
        )
        return lookup


def _callers(args: OrdersApiArgs) -> Mapping[str, pulumi.Input[str]]:
    return {
        "CORS_ORIGINS": joined(args.cors_origins),
        "CUSTOMER_CLAIM": args.customer_claim,
    }


def _order_rules(args: OrdersApiArgs) -> Mapping[str, pulumi.Input[str]]:
    return {
        "ORDER_RETENTION_DAYS": str(args.order_retention_days),
        "CONTACT": args.contact,
        **_callers(args),
    }
