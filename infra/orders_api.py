"""Where orders come in: the gateway, the orders Lambda, and the table that is its store and its outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.function import Function, FunctionArgs, FunctionSettings
from infra.gateway import GatewayArgs, HttpGateway
from infra.table import secure_table

ROUTES: Final = ("POST /orders", "POST /order")
CUSTOMER_INDEX: Final = "CustomerIdIndex"


@dataclass(frozen=True, kw_only=True)
class OrdersApiArgs:
    """What the stack decides about the API; rates in requests per second, retention in days."""

    settings: FunctionSettings
    cors_origins: Sequence[str] = ("*",)
    throttling_rate_limit: int = 1000
    throttling_burst_limit: int = 2000
    order_retention_days: int = 90
    deletion_protection: bool = False


class OrdersApi(pulumi.ComponentResource):
    """`POST /orders` and its alias `POST /order`: one request, one conditional write."""

    endpoint: pulumi.Output[str]
    orders_url: pulumi.Output[str]
    table: aws.dynamodb.Table
    function: Function
    gateway: HttpGateway

    def __init__(self, name: str, args: OrdersApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orders:index:OrdersApi", name, None, opts)
        self.table = secure_table(
            f"{name}-table",
            suffix="orders",
            keys={"hash": "orderId"},
            index_name=CUSTOMER_INDEX,
            index={"hash": "customerId", "range": "createdAt"},
            deletion_protection=args.deletion_protection,
            parent=self,
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            ttl={"attribute_name": "expiresAt", "enabled": True},
        )
        self.function = self._orders_function(name, args)
        store = {"Action": "dynamodb:PutItem", "Resource": self.table.arn}
        self.function.allow("store-orders", [store], owner=self)
        self.gateway = HttpGateway(
            f"{name}-gateway",
            GatewayArgs(
                function=self.function,
                routes=ROUTES,
                cors_origins=args.cors_origins,
                throttling_rate_limit=args.throttling_rate_limit,
                throttling_burst_limit=args.throttling_burst_limit,
                log_retention_days=args.settings.log_retention_days,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.endpoint = self.gateway.endpoint
        self.orders_url = pulumi.Output.concat(self.endpoint, "/orders")
        self.register_outputs({"endpoint": self.endpoint, "tableName": self.table.name})

    def _orders_function(self, name: str, args: OrdersApiArgs) -> Function:
        return Function(
            f"{name}-orders",
            FunctionArgs(
                package="orders",
                description="Validates orders and stores each with one conditional write",
                memory_mb=512,
                timeout_seconds=30,
                environment={
                    "ORDERS_TABLE_NAME": self.table.name,
                    "ORDER_RETENTION_DAYS": str(args.order_retention_days),
                    "CORS_ORIGINS": ",".join(args.cors_origins),
                },
                settings=args.settings,
                failure_metric="OrdersFailed",
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
