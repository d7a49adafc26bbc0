"""The storefront of a stack on the embedded AWS: served as by CloudFront, and CORS of the API."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from local.deployment.deployer import deploy
from local.emulator.process import listen
from local.ports import url_of
from local.storefront import Edge, create_app, serve
from local.web_server import serving
from tests.e2e.support.smoke import smoke_test
from tests.e2e.support.stack import LocalStack
from tests.support.requests import sample_order
from tests.support.stacks import SHIPPED, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.emulator import Emulator

_FOREIGN = "https://shop.shop-orders.net"
_ALLOWED = "access-control-allow-origin"


class Shop(NamedTuple):
    """The deployed stack, and a client of its storefront's server."""

    stack: LocalStack
    browser: httpx.Client
    origin: str


@pytest.fixture(scope="module")
def shop(emulator: Emulator) -> Iterator[Shop]:
    """The local stack under another name, with its storefront served as `make local` serves it."""
    with listen(0) as listener:
        port = listener.getsockname()[1]
        origin = f"http://127.0.0.1:{port}"
        outputs = deploy(
            emulator, replace(load(SHIPPED["local"]), stack="shop"), storefront_url=origin
        )
        edge = Edge(
            s3=emulator.client("s3"),
            cloudfront=emulator.client("cloudfront"),
            bucket=outputs["storefrontBucketName"],
            distribution=outputs["storefrontDistributionId"],
        )
        with (
            serving(create_app(lambda: edge, port), listener),
            httpx.Client(base_url=outputs["storefrontUrl"], trust_env=False) as browser,
        ):
            yield Shop(LocalStack(emulator, outputs), browser, origin)


def _send(shop: Shop, origin: str) -> httpx.Response:
    return shop.stack.post(sample_order(), headers={"Origin": origin})


def test_the_form_orders_from_its_own_origin(shop: Shop) -> None:
    """A page of the storefront sends a preflight and an order, and may read both responses."""
    preflight = shop.stack.send(
        "OPTIONS",
        "/orders",
        headers={"Origin": shop.origin, "Access-Control-Request-Method": "POST"},
    )
    response = _send(shop, shop.origin)
    assert response.status_code == 200
    assert preflight.headers[_ALLOWED] == response.headers[_ALLOWED] == shop.origin


@pytest.mark.thorough
def test_the_smoke_test_reads_the_page(shop: Shop) -> None:
    """A smoke test ends with the storefront's page, which has its policy."""
    assert smoke_test(shop.stack, storefront=True)[-1] == "storefront"


def test_pages_of_other_origins_read_nothing(shop: Shop) -> None:
    """Neither a preflight nor an order of another origin's page has CORS headers for it."""
    preflight = shop.stack.send(
        "OPTIONS", "/orders", headers={"Origin": _FOREIGN, "Access-Control-Request-Method": "POST"}
    )
    assert _ALLOWED not in preflight.headers
    assert _ALLOWED not in _send(shop, _FOREIGN).headers


def test_the_page_may_call_this_api(shop: Shop) -> None:
    """The page's policies, as header and in the page, admit the API's origin without TLS."""
    response = shop.browser.get("/")
    api = shop.stack.outputs["apiEndpoint"].partition("/_aws")[0]
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "connect-src 'self' http:;" in response.headers["Content-Security-Policy"]
    assert f"connect-src 'self' {api}" in response.text
    assert shop.browser.get("/config.json").json()["ordersUrl"] == shop.stack.outputs["ordersUrl"]


def test_responses_have_the_deployed_security_headers(shop: Shop) -> None:
    """Every response has the headers of the policy, but Strict-Transport-Security."""
    for path in ("/", "/openapi.json", "/nothing"):
        headers = shop.browser.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers


def test_a_missing_file_is_a_page(shop: Shop) -> None:
    """A path without a file gets the distribution's error page, with 404."""
    response = shop.browser.get("/nothing/here")
    assert response.status_code == 404
    assert "Page not found" in response.text


def test_an_unchanged_file_is_not_sent_again(shop: Shop) -> None:
    """A browser that has a file asks with its ETag, and gets 304 without a body."""
    first = shop.browser.get("/openapi.json")
    assert first.headers["Cache-Control"] == "no-cache"
    second = shop.browser.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.content) == (304, b"")


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"Host": "evil.example"}, 421),
        ("GET", {"Host": "127.0.0.1"}, 421),
        ("HEAD", {}, 200),
        ("POST", {}, 405),
        ("OPTIONS", {}, 405),
    ],
)
def test_other_hosts_and_methods_are_refused(
    shop: Shop, method: str, headers: dict[str, str], status: int
) -> None:
    """The server reads, and only for clients that name its own address."""
    assert shop.browser.request(method, "/", headers=headers).status_code == status


def test_localhost_leads_to_the_allowed_origin(shop: Shop) -> None:
    """`localhost` is redirected to the address whose origin the API allows."""
    port = shop.origin.rpartition(":")[2]
    response = shop.browser.get("/index.html", headers={"Host": f"localhost:{port}"})
    assert response.next_request is not None
    location: Any = response.next_request.url
    assert location == f"{shop.origin}/index.html"


def test_a_storefront_that_an_update_adds_is_served(shop: Shop, emulator: Emulator) -> None:
    """Without a storefront the server says how to get one; it serves one as soon as it exists."""
    deployment = SimpleNamespace(outputs={}, emulator=emulator)
    with listen(0) as listener:
        session: Any = SimpleNamespace(deployment=deployment, storefront=listener)
        url = url_of(listener)
        with serve(session) as note:
            assert note == ""
            missing = httpx.get(url, trust_env=False)
            assert (missing.status_code, "storefront to true" in missing.text) == (404, True)
            deployment.outputs = shop.stack.outputs
            assert httpx.get(url, trust_env=False).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/%2e%2e/index.html", "/js/%2e%2e%2findex.html", "//index.html", "/index.html/", "/js/"),
        *("/%00", "/%ff", "/%5c", "/%25", "/*", f"/{'x' * 2000}", "/%e2%98%83"),
    ],
)
def test_any_other_path_is_missing(shop: Shop, path: str) -> None:
    """Any path that is no file's key is missing: no error, and no other file."""
    url = httpx.URL(shop.origin).copy_with(raw_path=path.encode())
    response = shop.browser.get(url)
    assert response.status_code == 404
    assert "Page not found" in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other",W/{}', "*"])
def test_a_condition_may_have_every_form(shop: Shop, form: str) -> None:
    """`If-None-Match` has one ETag or more, strong or weak, or a star (RFC 9110, 13.1.2)."""
    etag = shop.browser.get("/openapi.json").headers["ETag"]
    for condition, status in ((form.format(etag), 304), (form.format('"another"'), 200)):
        if condition != "*" or status == 304:
            headers = {"If-None-Match": condition}
            assert shop.browser.get("/openapi.json", headers=headers).status_code == status
