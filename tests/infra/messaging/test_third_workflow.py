"""A third workflow has everything that the other two have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pytest

from infra import config, wiring
from infra.audit_store import AuditStore, AuditStoreArgs
from infra.config.objects import DEFAULT_MAX_CONCURRENCY, DEFAULT_MEMORY_MB
from infra.email.confirmation_email import ConfirmationEmail, ConfirmationEmailArgs
from infra.functions.bundle import Bundler
from infra.functions.function import Function, FunctionArgs
from infra.messaging.fan_out import FanOut, FanOutArgs, Workflow
from infra.monitoring.monitored_resources import MonitoredResources
from infra.monitoring.monitoring import Monitoring, MonitoringArgs
from infra.orders_api import OrdersApi, OrdersApiArgs
from tests.infra.messaging import test_event_source_mappings, test_queues, test_topics
from tests.infra.monitoring import test_alarms, test_dashboards
from tests.infra.support.defaults import function_settings
from tests.infra.support.graph import STACK_FILES, Graph, record, settings
from tests.infra.support.policies import permissions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LABEL = "shipping"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The pipeline with a third workflow."""
    handlers = tmp_path_factory.mktemp("handlers")
    for package in ("orders", "relay", "email", "audit", _LABEL, "shared"):
        (handlers / package).mkdir()
        (handlers / package / "handler.py").write_text('"""A handler."""\n')
    (handlers / "__init__.py").touch()
    return record(settings(STACK_FILES[0]), lambda: _program(handlers))


def _program(handlers: Path) -> None:
    stack = config.load()
    bundler = Bundler(with_dependencies=False, handlers=handlers, cache=handlers.parent / "bundles")
    common = function_settings(
        bundler=bundler,
        memory_mb=DEFAULT_MEMORY_MB | {_LABEL: 128},
        maximum_concurrency=DEFAULT_MAX_CONCURRENCY | {_LABEL: 5},
        reserved_concurrency={_LABEL: 5},
    )
    encryption = common.encryption
    tables = wiring.table_settings(stack, encryption)
    api = OrdersApi(
        "orders-api",
        OrdersApiArgs(
            settings=common,
            tables=tables,
            gateway=wiring.gateway(stack),
            ingestion="direct",
            lookups=False,
            customer_claim="",
            contact="required",
            cors_origins=["*"],
            order_retention_days=90,
            detailed_metrics=True,
        ),
    )
    email = ConfirmationEmail(
        "confirmation-email",
        ConfirmationEmailArgs(
            settings=common,
            tables=tables,
            sender="orders@example.com",
            ses_identity="existing",
            smtp=None,
            order_retention_days=90,
            confirmations_per_hour=20,
        ),
    )
    audit = AuditStore("audit-store", AuditStoreArgs(settings=common, tables=tables))
    shipping = Function(
        _LABEL,
        FunctionArgs(
            package=_LABEL,
            description="Ships what was ordered",
            timeout_seconds=20,
            environment={},
            settings=common,
        ),
    )
    fan_out = FanOut(
        "fan-out",
        FanOutArgs(
            settings=common,
            table=api.table,
            workflows=[
                Workflow(function=email.function, batch_size=1),
                Workflow(function=audit.function),
                Workflow(function=shipping),
            ],
            parallelization_factor=1,
            batching_window_seconds=0,
        ),
    )
    resources = MonitoredResources.of(api=api, fan_out=fan_out, audit=audit, email=email)
    Monitoring(
        "monitoring",
        MonitoringArgs(
            resources=resources,
            encryption=encryption,
            level="full",
            alarms=wiring.alarm_settings(stack),
            receivers=wiring.receivers(stack),
        ),
    )
    pulumi.export("queues", {consumer.label: consumer.queue.url for consumer in fan_out.consumers})


def test_a_third_workflow_has_queue_and_dead_letter_queue(extended: Graph) -> None:
    """The third workflow has a queue with the right visibility timeout, and a dead-letter queue."""
    queue = extended.named(aws.sqs.Queue, _LABEL)
    assert queue["visibilityTimeoutSeconds"] == 6 * 20
    assert extended.named(aws.sqs.Queue, f"{_LABEL}-dead-letters").arn in queue["redrivePolicy"]
    assert extended.outputs["queues"].keys() == {"email", "audit", _LABEL}


def test_a_third_workflow_consumes_events(extended: Graph) -> None:
    """The third workflow has a subscription, an event source mapping and the permission."""
    queue = extended.named(aws.sqs.Queue, _LABEL)
    assert any(s["endpoint"] == queue.arn for s in extended.all(aws.sns.TopicSubscription))
    (mapping,) = (
        m for m in extended.all(aws.lambda_.EventSourceMapping) if m["eventSourceArn"] == queue.arn
    )
    assert mapping["scalingConfig"] == {"maximumConcurrency": 5}
    assert extended.by_arn(mapping["functionName"])["functionName"] == f"{extended.prefix}{_LABEL}"
    assert any(
        queue.arn in permission.resources
        for permission in permissions(extended, f"{extended.prefix}{_LABEL}-us-east-1")
    )


@pytest.mark.parametrize(
    "promise",
    [
        test_queues.test_every_queue_has_a_dead_letter_queue_or_is_one,
        test_queues.test_visibility_timeout_is_six_function_timeouts,
        test_queues.test_every_queue_denies_requests_without_tls,
        test_queues.test_dead_letter_queues_allow_redrive_from_their_source,
        test_topics.test_every_workflow_has_raw_message_delivery,
        test_topics.test_what_sns_cannot_deliver_is_a_dead_letter_of_its_queue,
        test_event_source_mappings.test_every_work_queue_is_consumed,
        test_event_source_mappings.test_one_bad_message_does_not_fail_its_batch,
        test_event_source_mappings.test_pollers_respect_the_reserved_concurrency,
        test_alarms.test_every_dead_letter_fires_at_once,
        test_alarms.test_more_than_one_error_in_twenty_fires,
        test_alarms.test_messages_that_wait_warn,
        test_alarms.test_every_alarm_names_a_section_of_the_runbook,
        test_dashboards.test_the_operations_dashboard_shows_everything_that_runs,
        test_dashboards.test_saved_queries_read_every_functions_log,
    ],
    ids=lambda promise: promise.__name__.removeprefix("test_"),
)
def test_a_third_workflow_keeps_the_promises_of_the_others(
    extended: Graph, promise: Callable[[Graph], None]
) -> None:
    """What holds for the first two workflows holds for a third."""
    promise(extended)
