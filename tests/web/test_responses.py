"""Responses that the API does not give: of a proxy, of another service, or broken on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from handlers.http.response import Response
from tests.web.support.server import Reply

if TYPE_CHECKING:
    from tests.web.support.api import FakeApi
    from tests.web.support.page import Shop

_READABLE: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "*"}
_HTML: Final = b"<!doctype html><title>Sign in to the Wi-Fi</title>"

# Nobody knows from one of these whether the order is stored.
_WITHOUT_OUTCOME: Final = {
    "html": Reply(200, _HTML, _READABLE),
    "html 502": Reply(502, _HTML, _READABLE),
    "no cors": Reply(200, b'{"orderId": "order-1"}'),
    "empty": Reply(200, b"", _READABLE),
    "null": Reply(200, b"null", _READABLE),
    "text": Reply(200, b'"welcome"', _READABLE),
    "list": Reply(200, b"[]", _READABLE),
    "other object": Reply(200, b'{"status": "ok"}', _READABLE),
    "cut off": Reply(200, b'{"orderId": "order-1", "tot', _READABLE),
    "shorter than announced": Reply(200, b'{"orderId"', {**_READABLE, "Content-Length": "500"}),
    "see other": Reply(303, b"", {**_READABLE, "Location": "/health"}),
    "found": Reply(302, b"", {**_READABLE, "Location": "/health"}),
    "temporary redirect": Reply(307, b"", {**_READABLE, "Location": "/elsewhere"}),
}

_REFUSALS: Final = {
    "no errors": b'{"message": "Forbidden", "errors": null}',
    "errors are a text": b'{"message": "Forbidden", "errors": "none"}',
    "errors are texts": b'{"message": "Forbidden", "errors": ["none", null]}',
    "errors are an object": b'{"message": "Forbidden", "errors": {"code": 1}}',
}


@pytest.mark.parametrize("name", _WITHOUT_OUTCOME)
def test_a_response_of_something_else_is_no_outcome(shop: Shop, api: FakeApi, name: str) -> None:
    """What is no response of the API is repeated under the same key, and ends in one order."""
    api.script.append(_WITHOUT_OUTCOME[name])
    shop.fill()
    shop.send()
    shop.status("Sent")
    assert len(api.orders) == 1
    assert len(api.requests) == 2
    assert len(set(api.keys)) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("name", _REFUSALS)
def test_a_refusal_of_something_else_is_shown(shop: Shop, api: FakeApi, name: str) -> None:
    """A refusal in another format is shown with its message, and the order can be sent again."""
    api.script.append(Reply(403, _REFUSALS[name], _READABLE))
    shop.fill()
    shop.send()
    shop.status("Not sent")
    assert "Forbidden" in shop.text_of("#status-problems")
    shop.send()
    shop.status("Sent")


@pytest.mark.thorough
def test_a_401_of_an_api_without_sign_in_is_a_refusal(shop: Shop, api: FakeApi) -> None:
    """Where nobody can sign in, nobody is asked to."""
    api.script.append(Response(401, {"message": "Unauthorized"}))
    shop.fill()
    shop.send()
    shop.status("Not sent")
    assert "Unauthorized" in shop.text_of("#status-problems")
    assert shop.button("Sign in").count() == 0


@pytest.mark.thorough
@pytest.mark.parametrize("retry_after", ["9999999999", "Infinity", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_the_longest_pause_is_a_day(shop: Shop, api: FakeApi, retry_after: str) -> None:
    """After an absurd `Retry-After`, the order waits for a day, and not shorter."""
    shop.stop_clock()
    api.script.append(Response(429, {"message": "Slow down"}, {"Retry-After": retry_after}))
    shop.fill()
    shop.send()
    assert "86,400 seconds" in shop.status("Will be sent")
    shop.page.clock.run_for(60_000)
    assert len(api.requests) == 1


@pytest.mark.thorough
def test_a_retry_after_may_be_a_date(shop: Shop, api: FakeApi) -> None:
    """The pause ends at the date in `Retry-After`."""
    shop.stop_clock()
    late = {"Retry-After": "Thu, 01 Jan 1970 16:45:00 GMT"}
    api.script.append(Response(503, {"message": "Maintenance"}, late))
    shop.fill()
    shop.send()
    assert "300 seconds" in shop.status("Will be sent")


@pytest.mark.thorough
def test_a_clock_that_was_wrong_does_not_stop_the_order(shop: Shop, api: FakeApi) -> None:
    """If the clock was years ahead when the pause began, the order waits for a day at most."""
    shop.stop_clock()
    api.script.append(Response(429, {"message": "Slow down"}, {"Retry-After": "300"}))
    shop.fill()
    shop.send()
    shop.status("Will be sent")
    shop.page.evaluate(
        """localStorage.setItem("order", JSON.stringify(
             {...JSON.parse(localStorage.getItem("order")), notBefore: 4e12}))"""
    )
    shop.open()
    assert "86,400 seconds" in shop.status("Will be sent")
    assert len(api.requests) == 1


@pytest.mark.thorough
def test_texts_of_the_service_are_not_markup(shop: Shop, api: FakeApi) -> None:
    """A message is shown as the text that it is, however long."""
    markup = '<img src=x onerror="document.title = 1">'
    errors = [{"field": field, "message": markup + "x" * 300} for field in ("notes", "a<b>")]
    api.script.append(Response(400, {"error": "Validation failed", "errors": errors}))
    shop.page.set_viewport_size({"width": 320, "height": 256})
    shop.fill()
    shop.send()
    shop.status("Not sent")
    assert shop.error("notes") == errors[0]["message"]
    assert f"a<b>: {markup}" in shop.text_of("#status-problems")
    assert shop.page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.thorough
@pytest.mark.parametrize("retry_after", ["9999999999", "Infinity"])
def test_after_the_longest_pause_the_order_is_sent(
    shop: Shop, api: FakeApi, retry_after: str
) -> None:
    """A day after an absurd `Retry-After`, the order is sent by itself."""
    shop.stop_clock()
    api.script.append(Response(429, {"message": "Slow down"}, {"Retry-After": retry_after}))
    shop.fill()
    shop.send()
    shop.status("Will be sent")
    shop.page.clock.fast_forward(86_400_000)
    shop.status("Sent")


@pytest.mark.thorough
def test_every_tab_waits_as_long_as_the_api_says(shop: Shop, api: FakeApi) -> None:
    """What the API responds to one tab's attempt is respected by a tab that is opened then."""
    api.script.append(Response(429, {"message": "Slow down"}, {"Retry-After": "300"}))
    shop.fill()
    shop.send()
    shop.status("Will be sent")
    other = type(shop)(shop.page.context.new_page(), shop.origin, shop.site)
    other.open()
    other.status("Will be sent")
    assert len(api.requests) == 1
