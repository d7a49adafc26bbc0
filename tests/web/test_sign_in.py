"""Signing in through the issuer's page, where the stack accepts tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.web.support.issuer import ACCESS_TOKEN, CLIENT_ID, Issuer
from tests.web.support.page import Shop, opened
from tests.web.support.server import serve
from tests.web.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.web.support.api import FakeApi


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """The provider of the tokens."""
    provider = Issuer()
    with serve(provider.respond) as provider.origin:
        yield provider


@pytest.fixture
def shop(browser: Browser, api: FakeApi, endpoint: str, issuer: Issuer) -> Iterator[Shop]:
    """The form of a stack with `auth: jwt`, opened; nobody is signed in."""
    api.token = ACCESS_TOKEN
    config = {
        "ordersUrl": f"{endpoint}/orders",
        "auth": "jwt",
        "issuer": issuer.origin,
        "clientId": CLIENT_ID,
        "scope": "openid email profile",
        "audience": "shop",
    }
    site = Site(config, [endpoint, issuer.origin])
    hosts = {urlsplit(each).netloc for each in (endpoint, issuer.origin)}
    with serve(site.respond) as origin, opened(browser, site, origin, hosts) as form:
        yield form


def _sign_in(shop: Shop) -> None:
    shop.page.locator("#sign-in").click()
    shop.page.locator("#sign-out").wait_for()


def test_a_customer_signs_in_and_orders(shop: Shop, api: FakeApi, issuer: Issuer) -> None:
    """The request for a token has PKCE, state and nonce; the order has the token and no ID."""
    _sign_in(shop)
    (request,) = issuer.authorizations
    assert request["response_type"] == "code"
    assert request["scope"] == "openid email profile"
    assert request["audience"] == "shop"
    assert request["redirect_uri"] == f"{shop.origin}/"
    assert len({request["state"], request["nonce"], request["code_challenge"]}) == 3
    assert shop.page.url == f"{shop.origin}/"
    assert shop.field("customerName").input_value() == "Zoë Roe"
    assert shop.field("customerId").count() == 0
    shop.fill()
    shop.send()
    shop.status("Sent")
    (sent,) = api.requests
    assert sent.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"


@pytest.mark.thorough
def test_an_order_waits_for_the_sign_in(shop: Shop, api: FakeApi) -> None:
    """Who sends an order without a token is asked to sign in; then it is sent by itself."""
    shop.fill()
    shop.send()
    assert "Sign in" in shop.status("Not sent")
    assert api.requests == []
    shop.page.locator("#status").get_by_role("button", name="Sign in").click()
    shop.status("Sent")
    assert len(api.orders) == 1


@pytest.mark.thorough
def test_a_refused_token_keeps_order_and_key(shop: Shop, api: FakeApi) -> None:
    """A 401 asks to sign in again, and the order is sent afterwards under the same key."""
    _sign_in(shop)
    api.token = "another token"
    shop.fill()
    shop.send()
    assert "Sign in" in shop.status("Not sent")
    assert shop.page.locator("#sign-in").is_visible()
    assert shop.page.locator("#sign-out").is_hidden()
    assert len(api.requests) == 1
    api.token = ACCESS_TOKEN
    shop.page.locator("#status").get_by_role("button", name="Sign in").click()
    shop.status("Sent")
    assert len(set(api.keys)) == 1


@pytest.mark.thorough
def test_an_expired_token_is_not_sent(shop: Shop, api: FakeApi, issuer: Issuer) -> None:
    """A token that expires within half a minute counts as none."""
    issuer.expires_in = 20
    shop.page.locator("#sign-in").click()
    shop.page.wait_for_url(f"{shop.origin}/")
    shop.wait_until_ready()
    shop.fill()
    shop.send()
    shop.status("Not sent")
    assert api.requests == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    "claims",
    [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}],
    ids=lambda claims: next(iter(claims)),
)
def test_a_wrong_id_token_is_refused(shop: Shop, issuer: Issuer, claims: dict[str, object]) -> None:
    """An ID token with another nonce, audience or issuer, or an expired one, signs nobody in."""
    issuer.claims = claims
    shop.page.locator("#sign-in").click()
    assert "does not belong to this sign-in" in shop.status("Not signed in")
    assert shop.page.evaluate("sessionStorage.length") == 0


@pytest.mark.thorough
def test_a_response_without_an_id_token_is_refused(shop: Shop, issuer: Issuer) -> None:
    """An issuer that sends no ID token, as without the scope `openid`, signs nobody in."""
    issuer.has_id_token = False
    shop.page.locator("#sign-in").click()
    assert "does not belong to this sign-in" in shop.status("Not signed in")


@pytest.mark.thorough
def test_an_issuer_without_a_discovery_document_is_reported(shop: Shop, issuer: Issuer) -> None:
    """The page says that the sign-in service cannot be reached, and keeps the order."""
    issuer.is_configured = False
    shop.fill()
    shop.page.locator("#sign-in").click()
    assert "could not be reached" in shop.status("Not signed in")
    assert shop.field("customerName").input_value() == "Jane Roe"


@pytest.mark.thorough
def test_a_foreign_state_is_refused(shop: Shop, issuer: Issuer) -> None:
    """A code that this tab has not asked for is not exchanged, and leaves the URL."""
    shop.page.goto(f"{shop.origin}/?code=stolen&state=guessed")
    assert "does not belong to this sign-in" in shop.status("Not signed in")
    assert shop.page.url == f"{shop.origin}/"
    assert issuer.authorizations == []


@pytest.mark.thorough
def test_another_state_is_refused(shop: Shop, issuer: Issuer) -> None:
    """A response with another state than the request's is not exchanged."""
    issuer.state = "another"
    shop.page.locator("#sign-in").click()
    assert "does not belong to this sign-in" in shop.status("Not signed in")
    assert shop.page.evaluate("sessionStorage.length") == 0


@pytest.mark.thorough
def test_another_issuers_document_is_refused(shop: Shop, issuer: Issuer) -> None:
    """A discovery document that names another issuer is not followed."""
    issuer.name = "https://evil.example"
    shop.page.locator("#sign-in").click()
    shop.status("Not signed in")
    assert issuer.authorizations == []


@pytest.mark.thorough
def test_an_error_of_the_issuer_is_shown(shop: Shop, issuer: Issuer) -> None:
    """The page says why nobody is signed in."""
    issuer.error = "access_denied"
    shop.page.locator("#sign-in").click()
    assert "access_denied" in shop.status("Not signed in")


@pytest.mark.thorough
def test_a_customer_signs_out(shop: Shop, issuer: Issuer) -> None:
    """Signing out removes token and order from the device, and ends the issuer's session."""
    _sign_in(shop)
    shop.fill()
    shop.page.on("dialog", lambda dialog: dialog.accept())
    shop.page.locator("#sign-out").click()
    shop.page.locator("#sign-in").wait_for()
    shop.wait_until_ready()
    (request,) = issuer.sign_outs
    assert request["client_id"] == CLIENT_ID
    assert request["id_token_hint"]
    assert shop.page.evaluate("sessionStorage.length") == 0
    assert shop.stored["values"] == {}


@pytest.mark.thorough
def test_a_token_without_a_lifetime_is_used(shop: Shop, api: FakeApi, issuer: Issuer) -> None:
    """An issuer need not say how long its token is valid (RFC 6749, 5.1): it is, for a while."""
    issuer.expires_in = None
    _sign_in(shop)
    shop.fill()
    shop.send()
    shop.status("Sent")
    assert len(api.orders) == 1


@pytest.mark.thorough
def test_every_name_of_the_page_has_one_callback(shop: Shop, issuer: Issuer) -> None:
    """Who opened `index.html` comes back to `/`, the URL that the issuer knows."""
    shop.page.goto(f"{shop.origin}/index.html?utm_source=mail#top")
    shop.wait_until_ready()
    _sign_in(shop)
    (request,) = issuer.authorizations
    assert request["redirect_uri"] == f"{shop.origin}/"


@pytest.mark.thorough
def test_going_back_signs_nobody_in_again(shop: Shop, issuer: Issuer) -> None:
    """The code is in no entry of the history: neither back nor reload exchanges it twice."""
    _sign_in(shop)
    assert "code" not in shop.page.evaluate("location.href")
    shop.page.reload()
    shop.wait_until_ready()
    shop.page.go_back()
    shop.wait_until_ready()
    assert shop.page.url == f"{shop.origin}/"
    assert shop.page.locator("#status-title").inner_text() == ""
    assert len(issuer.authorizations) == 1


@pytest.mark.thorough
def test_messages_of_the_issuer_are_not_markup(shop: Shop, issuer: Issuer) -> None:
    """An error of the issuer is shown as the text that it is."""
    issuer.error = "<img src=x onerror=alert(1)>{error}"
    shop.page.locator("#sign-in").click()
    assert issuer.error in shop.status("Not signed in")


@pytest.mark.thorough
def test_an_issuer_that_does_not_respond_is_reported(shop: Shop, issuer: Issuer) -> None:
    """After half a minute the page says that the sign-in service cannot be reached."""
    issuer.resumed.clear()
    try:
        shop.page.locator("#sign-in").click()
        expect(shop.page.locator("#status-title")).to_have_text("Not signed in", timeout=40_000)
    finally:
        issuer.resumed.set()
    assert "could not be reached" in shop.text_of("#status-text")
