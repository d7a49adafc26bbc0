"""The page "Cost": what a month costs on AWS at an assumed number of orders."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import FileResponse
from starlette.routing import Route

from costs import prices
from costs.calculation import SECONDS_PER_MONTH
from costs.month import month
from costs.stacks import stack_use
from local.console.pages import console_of, page
from openapi import files
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from costs.calculation import StackUse
    from infra.config import StackConfig
    from local.deployment.resources import Resource

# As in docs/scale.md: a million, and the orders of a month at 10, 100 and 1,000 a second.
_EXAMPLES: Final = (
    10_000,
    prices.MILLION,
    10 * SECONDS_PER_MONTH,
    100 * SECONDS_PER_MONTH,
    1_000 * SECONDS_PER_MONTH,
)
# API Gateway's default quota, 10,000 requests a second, all month.
_MOST: Final = 10_000 * SECONDS_PER_MONTH
_LEAST: Final = 1
_PAGE: Final = ROOT / "docs" / "scale.md"


def used_by(config: StackConfig, resources: Sequence[Resource]) -> StackUse:
    """Return what a deployed stack uses without orders, counted in its resources."""

    def of(kind: str) -> list[dict[str, Any]]:
        return [resource.inputs for resource in resources if resource.kind == kind]

    mappings = of("aws:lambda/eventSourceMapping:EventSourceMapping")
    return dataclasses.replace(
        stack_use(config.monitoring, keys=len(of("aws:kms/key:Key"))),
        alarm_metrics=sum(map(_metrics, of("aws:cloudwatch/metricAlarm:MetricAlarm"))),
        dashboards=len(of("aws:cloudwatch/dashboard:Dashboard")),
        queues=sum(":sqs:" in mapping["eventSourceArn"] for mapping in mappings),
    )


def _metrics(alarm: dict[str, Any]) -> int:
    """Return the number of metrics that an alarm is billed for."""
    return sum("metric" in query for query in alarm.get("metricQueries", [])) or 1


def _show(request: Request) -> Response:
    deployment = console_of(request).deployment
    config = files.configuration(deployment.settings)
    text = request.query_params.get("orders", str(prices.MILLION))
    orders = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_MOST)) else 0
    is_valid = _LEAST <= orders <= _MOST
    use = used_by(config, deployment.resources)
    return page(
        request,
        "cost.html",
        status=200 if is_valid else 400,
        text=text,
        is_valid=is_valid,
        least=_LEAST,
        most=_MOST,
        examples=_EXAMPLES,
        services=month(config, use, orders if is_valid else prices.MILLION),
        rate=orders / SECONDS_PER_MONTH,
        is_queued=config.ingestion == "queued",
        has_storefront=config.storefront,
        as_of=prices.AS_OF,
    )


def _explanation(_request: Request) -> Response:
    return FileResponse(_PAGE, media_type="text/plain")


routes: list[BaseRoute] = [Route("/cost", _show), Route("/cost/scale.md", _explanation)]
