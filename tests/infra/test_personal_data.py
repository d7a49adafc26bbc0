"""docs/data-protection.md: every place that holds data, and how long it is kept."""

from __future__ import annotations

import fnmatch
import functools
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pulumi_aws as aws
import pytest

from tests.docs.personal_data import PAGE, generate
from tests.infra.support.features import configuration, full, functions
from tests.infra.support.graph import STACK_FILES, Graph, deployed, stack_of, token
from tests.support.personal_data import DESCRIPTIONS, NO_DATA, PLACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.support.graph import Resource
    from tests.support.personal_data import Place

_GRAPHS: Final[dict[str, Callable[[], Graph]]] = {
    **{stack_of(file): functools.partial(deployed, file) for file in STACK_FILES},
    **{f"full {kind}": functools.partial(full, kind) for kind in ("direct", "queued")},
}
_EACH: Final = pytest.mark.parametrize("name", _GRAPHS)


def _place(graph: Graph, resource: Resource) -> Place:
    """The place of a resource by its type and, where places have names, its name."""
    name = str(resource.inputs.get("name")).replace(graph.prefix, "")
    (place,) = (
        place
        for place in PLACES
        if token(place.kind) == resource.type
        and (not place.names or any(fnmatch.fnmatch(name, one) for one in place.names))
    )
    return place


def _stores(graph: Graph) -> list[Resource]:
    kinds = {token(place.kind) for place in PLACES}
    return [resource for resource in graph.resources if resource.type in kinds]


def test_the_tables_are_up_to_date() -> None:
    """`make docs` would not change the page."""
    page = PAGE.read_text(encoding="utf-8")
    assert generate(page) == page


@_EACH
def test_every_resource_that_holds_data_is_listed(name: str) -> None:
    """Each table, queue, topic, log group and so on has a row; other types are known to have none.

    A type that is new in a stack needs a decision here.
    """
    graph = _GRAPHS[name]()
    for resource in _stores(graph):
        assert _place(graph, resource), resource
    others = {resource.type for resource in graph.resources if not resource.is_component} - {
        token(place.kind) for place in PLACES
    }
    unknown = {
        kind for kind in others - DESCRIPTIONS if kind.split(":")[1].split("/")[0] not in NO_DATA
    }
    assert unknown == set()


@_EACH
def test_data_is_kept_as_long_as_the_page_says(name: str) -> None:
    """The deployed retention of queues, log groups and tables is that of the row."""
    graph = _GRAPHS[name]()
    config = configuration(graph)
    for resource in _stores(graph):
        assert _deployed_days(graph, resource) == _place(graph, resource).days(config), resource


def _deployed_days(graph: Graph, resource: Resource) -> int | None:
    if resource.type == token(aws.sqs.Queue):
        return timedelta(seconds=resource["messageRetentionSeconds"]).days
    if resource.type == token(aws.cloudwatch.LogGroup):
        return int(resource["retentionInDays"])
    if resource.type != token(aws.dynamodb.Table) or not resource.inputs.get("ttl"):
        return None
    assert resource["ttl"] == {"attributeName": "expiresAt", "enabled": True}
    (days,) = {
        int(value)
        for function in functions(graph).values()
        for name, value in _environment(function).items()
        if name
        == (
            "SENT_EMAILS_RETENTION_DAYS"
            if resource["name"].endswith("sent-emails")
            else "ORDER_RETENTION_DAYS"
        )
    }
    return days


def _environment(function: Resource) -> dict[str, Any]:
    variables: dict[str, Any] = function["environment"]["variables"]
    return variables


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.kind.__name__} {place.names}")
def test_every_row_is_about_a_resource(place: Place) -> None:
    """Each name of a row exists in one of the stacks."""
    names = {
        str(resource.inputs.get("name")).replace(graph.prefix, "")
        for graph in (make() for make in _GRAPHS.values())
        for resource in graph.resources
        if resource.type == token(place.kind)
    }
    assert names
    for pattern in place.names:
        assert fnmatch.filter(names, pattern), pattern


def test_no_log_of_requests_to_the_form() -> None:
    """CloudFront writes no access log, which would hold client addresses."""
    for distribution in full("direct").all(aws.cloudfront.Distribution):
        assert "loggingConfig" not in distribution.inputs
