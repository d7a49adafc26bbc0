"""Order processing on AWS: the whole architecture on one screen."""

import pulumi
import pulumi_aws as aws

from infra.audit_store import AuditStore, AuditStoreArgs
from infra.bundle import Bundler
from infra.config import StackConfig
from infra.confirmation_email import ConfirmationEmail, ConfirmationEmailArgs
from infra.fan_out import FanOut, FanOutArgs
from infra.function import FunctionSettings
from infra.mail_transport import mail_transport
from infra.monitoring import Monitoring, MonitoringArgs
from infra.naming import tag_everything
from infra.orders_api import OrdersApi, OrdersApiArgs
from infra.subjects import Subjects

config = StackConfig.load()
tag_everything()
settings = FunctionSettings(
    bundler=Bundler(with_dependencies=config.bundle_dependencies),
    log_level=config.log_level,
    log_retention_days=config.log_retention_days,
    reserved_concurrency=config.reserved_concurrency.model_dump(),
)

# An order comes in and is written once; the table's stream carries it on.
api = OrdersApi(
    "orders-api",
    OrdersApiArgs(
        settings=settings,
        cors_origins=config.cors_origins,
        throttling_rate_limit=config.throttling_rate_limit,
        throttling_burst_limit=config.throttling_burst_limit,
        order_retention_days=config.order_retention_days,
        deletion_protection=config.deletion_protection,
    ),
)
fan_out = FanOut("fan-out", FanOutArgs(settings=settings))

# The workflows. Each has a queue and a dead-letter queue of its own; a third one is one more `add_workflow`.
email = ConfirmationEmail(
    "confirmation-email",
    ConfirmationEmailArgs(
        transport=mail_transport(config),
        settings=settings,
        order_retention_days=config.order_retention_days,
        deletion_protection=config.deletion_protection,
    ),
)
audit = AuditStore("audit-store", AuditStoreArgs(settings=settings, deletion_protection=config.deletion_protection))
# One e-mail per invocation, so that a slow one does not use up the others' attempts, and few at once: a new SES account
# sends 14 a second.
fan_out.add_workflow(email.function, batch_size=1, max_concurrency=2)
fan_out.add_workflow(audit.function)
# Last, so that no workflow misses an order.
fan_out.relay_from(api.table.stream_arn)

monitoring = Monitoring(
    "monitoring",
    MonitoringArgs(
        subjects=Subjects.of(api=api, fan_out=fan_out, audit=audit, email=email),
        alert_emails=config.alert_emails,
        alert_phone_numbers=config.alert_phone_numbers,
        alert_webhooks=config.alert_webhooks,
    ),
)

pulumi.export("apiEndpoint", api.endpoint)
pulumi.export("ordersUrl", api.orders_url)
pulumi.export("ordersTableName", api.table.name)
pulumi.export("ordersTableArn", api.table.arn)
pulumi.export("ordersStreamArn", api.table.stream_arn)
pulumi.export("auditTableName", audit.table.name)
pulumi.export("auditTableArn", audit.table.arn)
pulumi.export("sentEmailsTableName", email.sent.name)
pulumi.export("sentEmailsTableArn", email.sent.arn)
pulumi.export("topicArn", fan_out.topic.arn)
pulumi.export("queueUrls", {workflow.label: workflow.queue.url for workflow in fan_out.workflows})
pulumi.export(
    "deadLetterQueueUrls",
    {
        **{workflow.label: workflow.dead_letters.url for workflow in fan_out.workflows},
        "relay": fan_out.relay_dead_letters.url,
    },
)
functions = [api.function, fan_out.relay, *(workflow.function for workflow in fan_out.workflows)]
pulumi.export("functionNames", {function.package: function.name for function in functions})
pulumi.export("dashboardUrls", monitoring.dashboard_urls)
pulumi.export("region", aws.get_region_output().region)
pulumi.export("accountId", aws.get_caller_identity_output().account_id)
