"""Requests that no honest client sends, and the answer that each gets from either gateway. One line more is one more.

What is wrong with some does not matter to the API: they order something, and that is all.
"""

from __future__ import annotations

import codecs
import gzip
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    Header = tuple[str, str | bytes]

_LIMIT: Final = 10 * 1024
# One and the same order, so that a hundred requests do not make a hundred orders and e-mails.
_ORDER: Final = json.dumps(an_order(orderId="HOSTILE")).encode()
_NO_ORDER_ID: Final = json.dumps({**an_order(), "orderId": None}).encode()
_PIECES: Final = ("Transfer-Encoding", "chunked")
_JSON: Final = ("Content-Type", "application/json")


class Sent(NamedTuple):
    """A request as it goes over the wire, and the status that it gets, or those that are right."""

    name: str
    status: int | tuple[int, ...]
    body: bytes = _ORDER
    headers: Sequence[Header] = (_JSON,)
    method: str = "POST"
    path: str = "/orders"


def _typed(content_type: str, status: int, body: bytes = _ORDER) -> Sent:
    return Sent(f"content type '{content_type}'", status, body, [("Content-Type", content_type)])


def _with(name: str, status: int, *headers: Header) -> Sent:
    return Sent(name, status, headers=[_JSON, *headers])


def _keyed(name: str, status: int | tuple[int, ...], *keys: str | bytes) -> Sent:
    """An order without an orderId, so that the key is what it is known by."""
    return Sent(
        name,
        status,
        json.dumps(an_order()).encode(),
        [_JSON, *(("Idempotency-Key", key) for key in keys)],
    )


def _at(path: str, name: str = "") -> Sent:
    return Sent(name or f"path {path}", 404, path=path)


def _asking(query: str) -> Sent:
    return Sent(f"query {query}", 400, path=f"/orders?{query}")


def _of_size(size: int, filling: str) -> bytes:
    """An order of so many bytes, filled up with characters."""
    room = size - len(json.dumps(an_order(notes=""), ensure_ascii=False).encode())
    width = len(filling.encode())
    notes = filling * (room // width) + "n" * (room % width)
    return json.dumps(an_order(notes=notes), ensure_ascii=False).encode()


def _order(**changes: Any) -> bytes:
    return json.dumps(an_order(**changes)).encode()


BODIES: Final = [
    Sent("10 KB", 200, _of_size(_LIMIT, "n")),
    Sent("10 KB and a byte", 413, _of_size(_LIMIT + 1, "n")),
    Sent("10 KB of characters of three bytes", 200, _of_size(_LIMIT, "€")),
    Sent("10 KB and a byte, of characters of four bytes", 413, _of_size(_LIMIT + 1, "🎁")),
    Sent("1 MB", 413, _of_size(1024 * 1024, "n")),
    Sent("1 MB of spaces", 413, _ORDER + b" " * 1024 * 1024),
    Sent("10 KB of spaces before an order", 413, b" " * _LIMIT + _ORDER),
    Sent("in pieces", 200, headers=[_JSON, _PIECES]),
    Sent("10 KB and a byte, in pieces", 413, _of_size(_LIMIT + 1, "n"), [_JSON, _PIECES]),
    Sent("byte order mark", 200, codecs.BOM_UTF8 + _ORDER),  # may be ignored: RFC 8259, section 8.1
    Sent("UTF-16", 400, _ORDER.decode().encode("utf-16")),
    Sent("UTF-32", 400, _ORDER.decode().encode("utf-32")),
    Sent("no UTF-8", 400, b"\xff\xfe" + _ORDER),
    Sent("cut off inside a character", 400, '{"notes": "é'.encode()[:-1]),
    Sent("compressed", 400, gzip.compress(_ORDER), [_JSON, ("Content-Encoding", "gzip")]),
    Sent("compressed by its header only", 200, _ORDER, [_JSON, ("Content-Encoding", "gzip")]),
    Sent("a form", 400, b"customerName=Jane&customerEmail=jane%40example.com"),
    Sent(
        "markup",
        400,
        b'<?xml version="1.0"?><!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><o>&x;</o>',
    ),
    Sent("comments", 400, b"/* an order */ " + _ORDER),
    Sent("two lines of JSON", 400, _ORDER + b"\n" + _ORDER),
    Sent("a callback", 400, b"order(" + _ORDER + b")"),
    Sent("prefix against hijacking", 400, b")]}',\n" + _ORDER),
    Sent("a list of orders", 400, json.dumps([an_order()]).encode()),
    Sent(
        "an API's event",
        400,
        json.dumps({"body": json.dumps(an_order()), "httpMethod": "POST"}).encode(),
    ),
]

CONTENT_TYPES: Final = [
    _typed("application/json; charset=utf-8", 200),
    _typed("application/json;charset=utf-16", 415),
    _typed("APPLICATION/JSON", 200),
    _typed("application/json;", 200),
    *(
        _typed(each, 415)
        for each in (
            "",
            "application/json, text/plain",
            "application/jsonp",
            "application/json-seq",
            "application/problem+json",
            "application/vnd.api+json",
            "application/x-www-form-urlencoded",
            "application/xml",
            "application/octet-stream",
            "json",
            "multipart/form-data; boundary=x",
            "text/json",
            "text/plain; x=application/json",
            "*/*",
            "a" * 4096,
        )
    ),
    Sent("no content type", 415, headers=[]),
    # A REST API may look at the body first.
    Sent("no content type and no body", (400, 415), b"", []),
    Sent(
        "a form by its type too",
        (400, 415),
        b"a=1",
        [("Content-Type", "application/x-www-form-urlencoded")],
    ),
]

KEYS: Final = [
    _keyed("key of 255 characters", 200, "k" * 255),
    _keyed("key of 256 characters", 400, "k" * 256),
    _keyed("key of 8,000 characters", 400, "k" * 8_000),
    _keyed("empty key", 400, ""),
    _keyed("key of two words", 400, "two words"),
    _keyed("key with a tab", 400, "two\twords"),
    _keyed("key in Latin-1", 400, b"k\xe9y"),
    _keyed("key in UTF-8", 400, "kéy".encode()),
    _keyed("key that is no text", 400, b"\xff\xfe"),
    _keyed("key with a delete character", 400, b"k\x7f"),
    _keyed("a path as a key", 200, "../../../etc/passwd"),
    _keyed("markup as a key", 200, "<script>alert(1)</script>"),
    _keyed("a lookup as a key", 200, "${jndi:ldap://127.0.0.1/a}"),
    _keyed("a key twice", 400, "twice", "twice"),
    _keyed("two keys", 400, "first", "second"),
    _keyed("a key with a comma", 400, "first,second"),
    Sent(
        "a key beside an orderId that is null",
        200,
        _NO_ORDER_ID,
        [_JSON, ("Idempotency-Key", "hostile-null")],
    ),
    Sent(
        "a key beside another orderId",
        400,
        _order(orderId="A-1"),
        [_JSON, ("Idempotency-Key", "B-2")],
    ),
]

HEADERS: Final = [
    _with("correlation ID of 256 characters", 200, ("X-Correlation-Id", "c" * 256)),
    _with("correlation ID that is no text", 200, ("X-Correlation-Id", b"\xff\xfe")),
    _with(
        "correlation ID that forges a log line", 200, ("X-Correlation-Id", '"}\t{"level":"ERROR"')
    ),
    _with("empty correlation ID", 200, ("X-Correlation-Id", "")),
    _with("header of 8 KB", 200, ("X-Padding", "p" * 8 * 1024)),
    _with("a hundred headers", 200, *((f"X-Padding-{number}", "p") for number in range(100))),
    _with(
        "another method in a header",
        200,
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Method-Override", "PUT"),
    ),
    _with(
        "another path in a header", 200, ("X-Original-URL", "/admin"), ("X-Rewrite-URL", "/admin")
    ),
    _with(
        "another host in a header",
        200,
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example"),
    ),
    _with(
        "another address in a header",
        200,
        ("X-Forwarded-For", "127.0.0.1, 10.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
    ),
    _with(
        "another request ID in a header",
        200,
        ("X-Request-Id", "forged"),
        ("X-Amzn-RequestId", "forged"),
    ),
    _with(
        "a page of another site",
        200,
        ("Origin", "https://evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
    ),
    _with("an origin that is none", 200, ("Origin", "null")),
    _with("an origin that forges a header", 200, ("Origin", "https://a.example%0d%0aX-Evil: 1")),
    _with(
        "credentials that nobody asks for",
        200,
        ("Authorization", "Bearer e30.e30."),
        ("Cookie", "admin=1"),
    ),
    _with(
        "an answer in another type",
        200,
        ("Accept", "application/xml"),
        ("Accept-Charset", "utf-16"),
    ),
    _with("a part of the answer", 200, ("Range", "bytes=0-1")),
    _with(
        "under a condition",
        200,
        ("If-None-Match", "*"),
        ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ),
    _with("asking first", 200, ("Expect", "100-continue")),
]

QUERIES: Final = [
    *map(
        _asking, ("orderId=A-1", "__proto__[admin]=1", "a=1&a=2", "_method=DELETE", "callback=evil")
    ),
    *map(_asking, ("%00", "%FF%FE", "q=%27%20OR%201=1--", "q=" + "q" * 4_000, "?" * 20, "=&=&")),
]

METHODS: Final = [
    *(
        Sent(f"method {each}", 404, method=each)
        for each in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW")
    ),
    Sent("method GET", 404, b"", [], "GET"),
]

PATHS: Final = [
    _at("/"),
    *map(
        _at,
        (
            "/ORDERS",
            "/Orders",
            "/orders.json",
            "/orders;a=b",
            "/orders/A-1/items",
            "/v1/orders",
            "/ordersorders",
        ),
    ),
    *map(
        _at,
        (
            "/.env",
            "/.git/config",
            "/admin",
            "/graphql",
            "/wp-login.php",
            "/actuator/env",
            "/openapi.json",
        ),
    ),
    *map(
        _at,
        (
            "/orders%00",
            "/orders%0d%0aX-Evil:%201",
            "/orders%3Fa=b",
            "/%E2%82%AC",
            "/%FF",
            "/%252e%252e",
        ),
    ),
    *map(_at, ("/{orderId}", "/$default", "/*", "/orders/*", "/${jndi:ldap://127.0.0.1/a}")),
    _at("/" + "p" * 4_000, "a path of 4,000 characters"),
    _at("/orders" + "/a" * 500, "a path of 500 parts"),
]

HOSTILE_REQUESTS: Final = [*BODIES, *CONTENT_TYPES, *KEYS, *HEADERS, *QUERIES, *METHODS, *PATHS]
