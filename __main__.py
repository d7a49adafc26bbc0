"""Order processing on AWS: the whole architecture on one screen."""

import pulumi

from infra import config, wiring
from infra.audit_store import AuditStore, AuditStoreArgs
from infra.email.confirmation_email import ConfirmationEmail, ConfirmationEmailArgs
from infra.functions.bundle import Bundler
from infra.functions.reserved_concurrency import report_reservations
from infra.messaging.fan_out import FanOut, FanOutArgs, Workflow
from infra.monitoring.monitored_resources import MonitoredResources
from infra.monitoring.monitoring import Monitoring, MonitoringArgs
from infra.monitoring.tracing import Tracing, TracingArgs
from infra.naming import bound_roles, tag_resources
from infra.orders_api import OrdersApi, OrdersApiArgs
from infra.outputs import stack_outputs
from infra.storefront import StorefrontFiles

stack = config.load()
report_reservations(stack.reserved_concurrency)
tag_resources()
if stack.permissions_boundary:
    bound_roles(stack.permissions_boundary)
encryption = wiring.encryption(stack)
bundler = Bundler(with_dependencies=not config.is_local())
settings = wiring.function_settings(stack, encryption, bundler=bundler, vpc=wiring.vpc(stack))
tables = wiring.table_settings(stack, encryption)

# CloudFront serves the order form. The API allows its origin, so it exists before the API.
storefront = wiring.storefront(stack)

# An order is written once; the table's stream reports it to the fan-out.
api = OrdersApi(
    "orders-api",
    OrdersApiArgs(
        settings=settings,
        tables=tables,
        gateway=wiring.gateway(stack),
        ingestion=stack.ingestion,
        lookups="lookup" in stack.function_names,
        customer_claim=wiring.customer_claim(stack),
        contact=stack.contact,
        cors_origins=wiring.cors_origins(stack, storefront),
        order_retention_days=stack.order_retention_days,
        detailed_metrics=stack.monitoring == "full",  # a dashboard reads them
    ),
)

if storefront:
    StorefrontFiles("storefront-files", wiring.storefront_files(stack, storefront, api.orders_url))

# Workflows: functions that consume order events, each with a queue of its own.
email = ConfirmationEmail(
    "confirmation-email",
    ConfirmationEmailArgs(
        settings=settings,
        tables=tables,
        sender=stack.email_from,
        ses_identity=stack.email_identity,
        smtp=wiring.smtp_server(stack),
        order_retention_days=stack.order_retention_days,
        confirmations_per_hour=stack.confirmations_per_hour,
    ),
)
audit = AuditStore("audit-store", AuditStoreArgs(settings=settings, tables=tables))
fan_out = FanOut(
    "fan-out",
    FanOutArgs(
        settings=settings,
        table=api.table,
        parallelization_factor=stack.relay.parallelization_factor,
        batching_window_seconds=stack.relay.batching_window_seconds,
        workflows=[
            # Batch sizes and windows: docs/adr/0041.
            Workflow(function=email.function, batch_size=10, batching_window_seconds=1),
            Workflow(function=audit.function, batch_size=25, batching_window_seconds=5),
        ],
    ),
)

if stack.tracing:
    Tracing("tracing", TracingArgs(sampling_percent=stack.trace_sampling))
monitoring = None
if stack.monitoring != "none":
    monitoring = Monitoring(
        "monitoring",
        MonitoringArgs(
            resources=MonitoredResources.of(api=api, fan_out=fan_out, audit=audit, email=email),
            encryption=encryption,
            level=stack.monitoring,
            alarms=wiring.alarm_settings(stack),
            receivers=wiring.receivers(stack),
        ),
    )

outputs = stack_outputs(
    api=api,
    auth=stack.auth,
    fan_out=fan_out,
    audit=audit,
    email=email,
    monitoring=monitoring,
    encryption=encryption,
    storefront=storefront,
    canary=stack.canary,
)
for name, value in outputs.items():
    pulumi.export(name, value)
