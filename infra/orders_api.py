"""Where orders come in, and are read: the gateway, the functions behind it, and the table that is store and outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from handlers.common.contract import CUSTOMER_INDEX
from handlers.validation.model import REQUEST_MODELS
from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.gateway import (
    Gateway,
    GatewayArgs,
    GatewaySettings,
    HttpGateway,
    RestGateway,
    RestSettings,
    Route,
)
from infra.ingestion import FRONT_TIMEOUT_SECONDS, Ingested, Ingestion, IngestionArgs
from infra.naming import ORDERS, arn, named
from infra.table import TableSettings, secure_table
from infra.vpc.network import Reach

_SUBMIT: Final = ("/orders", "/order")
_READ: Final = ("/orders/{orderId}", "/customers/{customerId}/orders")


@dataclass(frozen=True, kw_only=True)
class OrdersApiArgs:
    """What the stack decides about the API; retention in days.

    `contact` is `required` or `optional`. `readable` says whether orders can be read, which callers who are known may.
    `customer_claim` is the claim of a caller's token that is the customer's ID, empty where there are no tokens.
    `detailed_metrics` are the gateway's metrics by route, which cost extra.
    """

    settings: FunctionSettings
    tables: TableSettings
    gateway: GatewaySettings
    ingestion: Ingestion
    readable: bool = False
    customer_claim: str = ""
    contact: str = "required"
    cors_origins: Sequence[str] = ("*",)
    order_retention_days: int = 90
    detailed_metrics: bool = True


class OrdersApi(pulumi.ComponentResource):
    """`POST /orders` and its alias `POST /order`; where callers are known, orders can be read as well."""

    endpoint: pulumi.Output[str]
    orders_url: pulumi.Output[str]
    table: aws.dynamodb.Table
    ingested: Ingested
    functions: list[Function]
    client_functions: list[Function]
    gateway: Gateway

    def __init__(
        self, name: str, args: OrdersApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:OrdersApi", name, None, opts)
        self._name = name
        self.table = secure_table(
            f"{name}-table",
            suffix=ORDERS,
            keys={"hash": "orderId"},
            index_name=CUSTOMER_INDEX,
            index={"hash": "customerId", "range": "createdAt"},
            settings=args.tables,
            parent=self,
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            ttl={"attribute_name": "expiresAt", "enabled": True},
        )
        self.ingested = args.ingestion.create(
            name, IngestionArgs(settings=args.settings, table=self.table, terms=_terms(args)), self
        )
        readers = [self._lookup(args)] if args.readable else []
        self.functions = [*self.ingested.functions, *readers]
        self.client_functions = [self.ingested.front, *readers]
        gateway_args = self._gateway_args(args, readers)
        child = pulumi.ResourceOptions(parent=self)
        if isinstance(args.gateway, RestSettings):
            self.gateway = RestGateway(f"{name}-gateway", args.gateway, gateway_args, child)
        else:
            self.gateway = HttpGateway(f"{name}-gateway", args.gateway, gateway_args, child)
        self.endpoint = self.gateway.endpoint
        self.orders_url = pulumi.Output.concat(self.endpoint, "/orders")
        self.register_outputs({"endpoint": self.endpoint, "tableName": self.table.name})

    @staticmethod
    def reach() -> Reach:
        """Return what reading orders calls; how they get in is the ingestion's business."""
        return Reach(services={"dynamodb": _read(arn("dynamodb", f"table/{named(ORDERS)}"))})

    def _gateway_args(self, args: OrdersApiArgs, readers: Sequence[Function]) -> GatewayArgs:
        front = self.ingested.front
        body = REQUEST_MODELS[args.contact]
        submit = [Route(method="POST", path=path, function=front, body=body) for path in _SUBMIT]
        read = [
            Route(method="GET", path=path, function=reader, body=None)
            for reader in readers
            for path in _READ
        ]
        return GatewayArgs(
            routes=[*submit, *read],
            fallback=front,
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
                description="Answers what became of an order, and which orders a customer has",
                memory_mb=512,
                timeout_seconds=FRONT_TIMEOUT_SECONDS,
                environment={
                    "ORDERS_TABLE_NAME": self.table.name,
                    "CUSTOMER_INDEX_NAME": CUSTOMER_INDEX,
                    **_callers(args),
                },
                settings=args.settings,
                failure_metric="LookupsFailed",
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        lookup.allow(
            "read-orders",
            [*_read(self.table.arn), *args.settings.encryption.table_key_statements(self.table)],
            owner=self,
        )
        return lookup


def _read(table: pulumi.Output[str]) -> Sequence[Mapping[str, Any]]:
    return [
        {"Action": "dynamodb:GetItem", "Resource": table},
        {
            "Action": "dynamodb:Query",
            "Resource": pulumi.Output.concat(table, f"/index/{CUSTOMER_INDEX}"),
        },
    ]


def _callers(args: OrdersApiArgs) -> Mapping[str, str]:
    return {"CORS_ORIGINS": ",".join(args.cors_origins), "CUSTOMER_CLAIM": args.customer_claim}


def _terms(args: OrdersApiArgs) -> Mapping[str, str]:
    return {
        "ORDER_RETENTION_DAYS": str(args.order_retention_days),
        "CONTACT": args.contact,
        **_callers(args),
    }
