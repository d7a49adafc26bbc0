"""Valid orders."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.requests import an_order, an_order_with_item, http_request, rest_request

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount


def test_response_has_every_field_of_the_contract(account: MockAccount) -> None:
    """An accepted order has a response with identity, exact total and request ID."""
    response = account.post(an_order(), request_id="req-1")

    (stored,) = account.orders()
    assert response.status == 200
    assert json.loads(response.text, parse_float=Decimal) == {
        "orderId": stored["orderId"],
        "message": "Order received successfully",
        "createdAt": stored["createdAt"],
        "status": "PROCESSING",
        "totalAmount": Decimal("109.97"),
        "currency": "USD",
        "requestId": "req-1",
    }


def test_stored_order_has_all_fields(account: MockAccount) -> None:
    """The stored order has the client's fields and all calculated amounts."""
    sent = an_order(
        currency="EUR",
        priority="high",
        notes="Second floor,\nring twice",
        shippingAddress={"street": "1 Main St", "city": "Springfield"},
        billingAddress={"poBox": "7"},
    )

    account.post(sent, request_id="req-1", headers={"X-Correlation-Id": "corr-1"})

    (stored,) = account.orders()
    assert {name: stored[name] for name in sent if name != "items"} == {
        name: value for name, value in sent.items() if name != "items"
    }
    assert stored["items"] == [
        {
            "productId": "PROD-001",
            "productName": "Widget A",
            "quantity": 2,
            "price": Decimal("29.99"),
            "subtotal": Decimal("59.98"),
        },
        {
            "productId": "PROD-002",
            "productName": "Widget B",
            "quantity": 1,
            "price": Decimal("49.99"),
            "subtotal": Decimal("49.99"),
        },
    ]
    assert stored["totalAmount"] == Decimal("109.97")
    assert (stored["requestId"], stored["correlationId"], stored["status"]) == (
        "req-1",
        "corr-1",
        "PROCESSING",
    )


def test_stored_order_expires_after_the_stack_s_retention(account: MockAccount) -> None:
    """An order expires after the stack's retention."""
    account.post(an_order())

    (stored,) = account.orders()
    expires = datetime.fromisoformat(stored["createdAt"]) + timedelta(days=90)
    assert abs(int(stored["expiresAt"]) - expires.timestamp()) < 1


@pytest.mark.parametrize("send", [http_request, rest_request])
def test_both_kinds_of_gateway_are_accepted(account: MockAccount, send: Any) -> None:
    """An order is accepted from an HTTP API and from a REST API."""
    event = send(an_order(), headers={"X-Correlation-Id": "corr-1", "Idempotency-Key": "key-1"})

    assert account.send(event).status == 200
    again = event | {"requestContext": {**event["requestContext"], "requestId": "again"}}
    assert account.send(again).headers["Idempotent-Replayed"] == "true"
    (stored,) = account.orders()
    assert stored["correlationId"] == "corr-1"


def test_base64_body_is_decoded(account: MockAccount) -> None:
    """A base64 body is decoded."""
    body = base64.b64encode(json.dumps(an_order(customerName="Zoë Ørsted")).encode()).decode()

    assert account.send(http_request(body, is_base64=True)).status == 200
    assert account.orders()[0]["customerName"] == "Zoë Ørsted"


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", " application/json ;x=y"],
)
def test_content_type_may_have_parameters(account: MockAccount, content_type: str) -> None:
    """JSON is recognised in any case and with parameters."""
    assert account.post(an_order(), headers={"Content-Type": content_type}).status == 200


@pytest.mark.parametrize(
    ("price", "quantity", "total"),
    [
        ("0.1", 3, "0.3"),
        ("0.0001", 1000, "0.1"),
        ("999999.99", 1000, "999999990"),
        ("5E+1", 2, "100"),
        ("19.90", 1, "19.9"),
        ("1.10000000000000000000", 1, "1.1"),
    ],
)
def test_amounts_are_exact(account: MockAccount, price: str, quantity: int, total: str) -> None:
    """Prices and totals are stored and returned exactly."""
    body = json.dumps(an_order_with_item(quantity=quantity, price="@")).replace('"@"', price)

    response = account.post(body)

    assert f'"totalAmount":{total},' in response.text
    (stored,) = account.orders()
    assert stored["items"][0]["price"] == Decimal(price)
    assert stored["totalAmount"] == Decimal(total)


@pytest.mark.parametrize(
    ("currency", "price", "quantity", "total"),
    [
        ("JPY", "99.5", 3, "298.5"),
        ("JPY", "1980", 1, "1980"),
        ("KWD", "1.2345", 2, "2.469"),
        ("USD", "0.0125", 1, "0.0125"),
    ],
)
def test_amounts_may_be_finer_than_the_minor_unit(
    account: MockAccount, currency: str, price: str, quantity: int, total: str
) -> None:
    """A price may have four decimals in every currency, and its total is exact."""
    order = an_order_with_item(quantity=quantity, price="@") | {"currency": currency}

    response = account.post(json.dumps(order).replace('"@"', price))

    assert response.status == 200
    assert f'"totalAmount":{total},' in response.text
    assert account.orders()[0]["totalAmount"] == Decimal(total)


def test_calculated_amounts_may_be_sent(account: MockAccount) -> None:
    """A client may send correct subtotals and totals."""
    assert account.post(an_order_with_item(subtotal=59.98) | {"totalAmount": 59.98}).status == 200


@pytest.mark.parametrize(
    "names", [{"productId": None, "itemId": "SKU-1"}, {"productId": "SKU-1", "itemId": "SKU-1"}]
)
def test_item_id_is_an_alias(account: MockAccount, names: dict[str, Any]) -> None:
    """`itemId` is an alias of `productId`, alone or beside an equal one."""
    assert account.post(an_order_with_item(**names)).status == 200
    item = account.orders()[0]["items"][0]
    assert item["productId"] == "SKU-1"
    assert "itemId" not in item


def test_fifty_items_are_accepted(account: MockAccount) -> None:
    """An order may have fifty items."""
    items = [{"productId": f"P-{number}", "quantity": 1, "price": 0.01} for number in range(50)]

    assert account.post(an_order(items=items)).status == 200
    assert account.orders()[0]["totalAmount"] == Decimal("0.5")


def test_text_is_trimmed(account: MockAccount) -> None:
    """Blanks around a name are removed."""
    account.post(an_order(customerName="  Jane Roe\t"))

    assert account.orders()[0]["customerName"] == "Jane Roe"


def test_client_may_choose_the_order_id(account: MockAccount) -> None:
    """A client may choose the order ID."""
    assert (
        account.post(an_order(orderId="Web.2026:0001_a-b")).body["orderId"] == "Web.2026:0001_a-b"
    )
    assert account.orders()[0]["orderId"] == "Web.2026:0001_a-b"


@pytest.mark.parametrize("body", [an_order(), {}, "{", "x" * 20_000])
def test_every_response_has_the_common_headers(account: MockAccount, body: Any) -> None:
    """Every response has a request ID, forbids caching and has CORS headers."""
    response = account.post(body, request_id="req-1")

    assert response.headers["X-Request-Id"] == response.body["requestId"] == "req-1"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_stack_without_origins_sends_no_cors_headers(account: MockAccount) -> None:
    """Without allowed origins no response has CORS headers."""
    handler = account.functions.load("orders", {"CORS_ORIGINS": ""})

    response = account.send(
        http_request(an_order(), headers={"Origin": "https://shop.example"}), handler
    )

    assert response.status == 200
    assert not [
        name for name in response.headers if name.startswith("Access-Control-") or name == "Vary"
    ]


def test_allowed_origin_is_named_and_another_is_not(account: MockAccount) -> None:
    """With a list of origins, only those have CORS headers."""
    handler = account.functions.load(
        "orders", {"CORS_ORIGINS": "https://shop.example,https://admin.example"}
    )

    allowed = account.send(
        http_request(an_order(), headers={"Origin": "https://admin.example"}), handler
    )
    foreign = account.send(
        http_request(an_order(), headers={"Origin": "https://evil.example"}), handler
    )
    without = account.send(http_request(an_order()), handler)

    assert allowed.headers["Access-Control-Allow-Origin"] == "https://admin.example"
    assert "Idempotent-Replayed" in allowed.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in {**foreign.headers, **without.headers}
    assert allowed.headers["Vary"] == foreign.headers["Vary"] == without.headers["Vary"] == "Origin"
