"""CORS of a stack with a storefront: its origin, which a preview does not know, and no other."""

from __future__ import annotations

import pulumi_aws as aws
import pytest

from tests.infra.support.gateways import Variant, gateway_graph
from tests.infra.support.graph import Graph, is_unknown
from tests.infra.support.mock_responses import DISTRIBUTION_DOMAIN

_ORIGIN = f"https://{DISTRIBUTION_DOMAIN}"
_OTHER = "https://partner.shop-orders.net"
_HEADER = "method.response.header.Access-Control-Allow-Origin"
_GATEWAY_HEADER = "gatewayresponse.header.Access-Control-Allow-Origin"


def _graph(gateway: str, origins: str = '["*"]', *, preview: bool = False) -> Graph:
    auth = {"http": "none", "rest": "none"}[gateway]
    return gateway_graph(
        Variant(gateway, auth), preview=preview, storefront="true", corsOrigins=origins
    )


def _variable(graph: Graph) -> object:
    function = graph.named(aws.lambda_.Function, "orders")
    return function["environment"]["variables"]["CORS_ORIGINS"]


@pytest.mark.parametrize("origins", ['["*"]', "[]"])
def test_an_http_api_allows_the_storefront_alone(origins: str) -> None:
    """Without origins of the stack's own, an HTTP API and its functions allow the storefront's."""
    graph = _graph("http", origins)
    (api,) = graph.all(aws.apigatewayv2.Api)
    assert api["corsConfiguration"]["allowOrigins"] == [_ORIGIN]
    assert _variable(graph) == _ORIGIN


@pytest.mark.parametrize("origins", ['["*"]', "[]"])
def test_a_rest_api_allows_the_storefront_alone(origins: str) -> None:
    """Preflights, functions and gateway responses of a REST API name the storefront's origin."""
    graph = _graph("rest", origins)
    for response in graph.all(aws.apigateway.IntegrationResponse):
        assert response["responseParameters"][_HEADER] == f"'{_ORIGIN}'"
        assert "responseTemplates" not in response.inputs
    for response in graph.all(aws.apigateway.Response):
        assert response["responseParameters"][_GATEWAY_HEADER] == f"'{_ORIGIN}'"
    assert _variable(graph) == _ORIGIN


def test_the_stacks_own_origins_are_allowed_too() -> None:
    """A stack's `corsOrigins` are allowed besides the storefront's."""
    (api,) = _graph("http", f'["{_OTHER}"]').all(aws.apigatewayv2.Api)
    assert api["corsConfiguration"]["allowOrigins"] == [_ORIGIN, _OTHER]
    graph = _graph("rest", f'["{_OTHER}"]')
    for response in graph.all(aws.apigateway.IntegrationResponse):
        (template,) = response["responseTemplates"].values()
        assert f"$origin == '{_ORIGIN}' || $origin == '{_OTHER}'" in template
        assert response["responseParameters"][_HEADER] == f"'{_ORIGIN}'"
    assert _variable(graph) == f"{_ORIGIN},{_OTHER}"


@pytest.mark.parametrize("origins", ['["*"]', f'["{_OTHER}"]'])
def test_a_preview_does_not_know_the_origin(origins: str) -> None:
    """In a preview the storefront's origin is unknown wherever it is, and the structure known."""
    http, rest = (_graph(gateway, origins, preview=True) for gateway in ("http", "rest"))
    (api,) = http.all(aws.apigatewayv2.Api)
    first, *others = api["corsConfiguration"]["allowOrigins"]
    assert is_unknown(first)
    assert others == ([] if "*" in origins else [_OTHER])
    for response in rest.all(aws.apigateway.IntegrationResponse):
        assert is_unknown(response["responseParameters"][_HEADER])
    assert is_unknown(_variable(http))


def test_another_domain_name_deploys_a_rest_api_again() -> None:
    """The origins are a trigger of the deployment, as the hash of known inputs lacks them."""
    (deployment,) = _graph("rest").all(aws.apigateway.Deployment)
    assert deployment["triggers"]["origins"] == _ORIGIN
    (plain,) = gateway_graph(Variant("rest", "none")).all(aws.apigateway.Deployment)
    assert plain["triggers"].keys() == {"inputs"}
