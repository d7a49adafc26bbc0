"""Stack outputs: the API's endpoint, and the names of everything an order passes through."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.audit_store import AuditStore
from infra.config.objects import Canary
from infra.email.confirmation_email import ConfirmationEmail
from infra.encryption import Encryption
from infra.messaging.fan_out import FanOut
from infra.monitoring.monitoring import Monitoring
from infra.orders_api import OrdersApi
from infra.storefront import Storefront


def stack_outputs(
    *,
    api: OrdersApi,
    auth: str,
    fan_out: FanOut,
    audit: AuditStore,
    email: ConfirmationEmail,
    monitoring: Monitoring | None,
    encryption: Encryption,
    storefront: Storefront | None,
    canary: Canary | None,
) -> Mapping[str, Any]:
    """Return the stack outputs; mappings have the short names of functions or queues as keys."""
    functions = [*api.functions, *fan_out.functions]
    consumers = [*api.consumers, *fan_out.consumers]
    return {
        "apiEndpoint": api.endpoint,
        "ordersUrl": api.orders_url,
        "apiId": api.gateway.api_id,
        "auth": auth,
        "accessLogGroupName": api.gateway.access_log_name,
        **api.gateway.outputs,
        "ordersTableName": api.table.name,
        "ordersTableArn": api.table.arn,
        "ordersStreamArn": api.table.stream_arn,
        "auditTableName": audit.table.name,
        "auditTableArn": audit.table.arn,
        "sentEmailsTableName": email.sent_emails.name,
        "sentEmailsTableArn": email.sent_emails.arn,
        "topicArn": fan_out.topic.arn,
        "queueUrls": {each.label: each.queue.url for each in consumers},
        "deadLetterQueueUrls": {
            **{each.label: each.dead_letters.url for each in consumers},
            "relay": fan_out.relay_dead_letters.url,
        },
        "functionNames": {function.package: function.name for function in functions},
        "functionArns": {function.package: function.arn for function in functions},
        "functionVersions": {function.package: function.version for function in functions},
        "canary": canary.model_dump(by_alias=True) if canary else {},
        "alarmTopicArns": {severity: topic.arn for severity, topic in monitoring.topics.items()}
        if monitoring
        else {},
        "dashboardUrls": monitoring.dashboard_urls if monitoring else {},
        **email.transport.outputs,
        **encryption.outputs(),
        **(storefront.outputs if storefront else {}),
        "stackName": pulumi.get_stack(),
        "region": aws.get_region_output().region,
        "accountId": aws.get_caller_identity_output().account_id,
    }
