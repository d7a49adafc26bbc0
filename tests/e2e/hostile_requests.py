"""Requests that no honest client sends, and the status that each gets from either gateway.

What is wrong with some does not matter to the API: they order something, and that is all.
"""

from __future__ import annotations

import codecs
import gzip
import json
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    Header = tuple[str, str | bytes]

_LIMIT: Final = 10 * 1024
# The same order, so that a hundred requests do not make a hundred orders and emails.
_ORDER: Final = json.dumps(sample_order(orderId="HOSTILE")).encode()
_NEW_ORDER: Final = json.dumps(sample_order()).encode()
_CHUNKED: Final = ("Transfer-Encoding", "chunked")
_JSON: Final = ("Content-Type", "application/json")


class Raw(NamedTuple):
    """A request as it goes over the wire, and the status that it gets, or those it may get."""

    name: str
    status: int | tuple[int, ...]
    body: bytes = _ORDER
    headers: Sequence[Header] = (_JSON,)
    method: str = "POST"
    path: str = "/orders"


def _typed(content_type: str, status: int) -> Raw:
    headers = [("Content-Type", content_type)]
    return Raw(f"content type '{content_type}'", status, headers=headers)


def _keyed(name: str, status: int, *keys: str | bytes) -> Raw:
    """An order without an orderId, which its idempotency key identifies."""
    return Raw(name, status, _NEW_ORDER, [_JSON, *(("Idempotency-Key", key) for key in keys)])


def _at(path: str, name: str = "") -> Raw:
    return Raw(name or f"path {path}", 404, path=path)


def _of_size(size: int, filling: str) -> bytes:
    """An order of so many bytes, filled up with characters."""
    room = size - len(json.dumps(sample_order(notes=""), ensure_ascii=False).encode())
    width = len(filling.encode())
    notes = filling * (room // width) + "n" * (room % width)
    return json.dumps(sample_order(notes=notes), ensure_ascii=False).encode()


_DOCTYPE: Final = b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_EVENT: Final = json.dumps({"body": json.dumps(sample_order()), "httpMethod": "POST"}).encode()

BODIES: Final = [
    Raw("10 KB", 200, _of_size(_LIMIT, "n")),
    Raw("10 KB and a byte", 413, _of_size(_LIMIT + 1, "n")),
    Raw("10 KB of characters of three bytes", 200, _of_size(_LIMIT, "€")),
    Raw("10 KB and a byte, of characters of four bytes", 413, _of_size(_LIMIT + 1, "🎁")),
    Raw("1 MB", 413, _of_size(1024 * 1024, "n")),
    Raw("1 MB of spaces", 413, _ORDER + b" " * 1024 * 1024),
    Raw("10 KB of spaces before an order", 413, b" " * _LIMIT + _ORDER),
    Raw("in chunks", 200, headers=[_JSON, _CHUNKED]),
    Raw("10 KB and a byte, in chunks", 413, _of_size(_LIMIT + 1, "n"), [_JSON, _CHUNKED]),
    Raw("byte order mark", 200, codecs.BOM_UTF8 + _ORDER),  # may be ignored: RFC 8259, section 8.1
    Raw("UTF-16", 400, _ORDER.decode().encode("utf-16")),
    Raw("UTF-32", 400, _ORDER.decode().encode("utf-32")),
    Raw("no UTF-8", 400, b"\xff\xfe" + _ORDER),
    Raw("cut off inside a character", 400, '{"notes": "é'.encode()[:-1]),
    Raw("compressed", 400, gzip.compress(_ORDER), [_JSON, ("Content-Encoding", "gzip")]),
    Raw("compressed by its header only", 200, _ORDER, [_JSON, ("Content-Encoding", "gzip")]),
    Raw("a form", 400, b"customerName=Jane&customerEmail=jane%40example.com"),
    Raw("markup", 400, b'<?xml version="1.0"?>' + _DOCTYPE + b"<o>&x;</o>"),
    Raw("comments", 400, b"/* an order */ " + _ORDER),
    Raw("two lines of JSON", 400, _ORDER + b"\n" + _ORDER),
    Raw("a callback", 400, b"order(" + _ORDER + b")"),
    Raw("prefix against hijacking", 400, b")]}',\n" + _ORDER),
    Raw("a list of orders", 400, b"[" + _NEW_ORDER + b"]"),
    Raw("an API's event", 400, _EVENT),
]

_FORM: Final = "application/x-www-form-urlencoded"
_UNSUPPORTED: Final = f"""
application/jsonp application/json-seq application/problem+json application/vnd.api+json {_FORM}
application/xml application/octet-stream json text/json */*
"""

CONTENT_TYPES: Final = [
    _typed("application/json; charset=utf-8", 200),
    _typed("application/json;charset=utf-16", 415),
    _typed("APPLICATION/JSON", 200),
    _typed("application/json;", 200),
    *(_typed(each, 415) for each in _UNSUPPORTED.split()),
    *(_typed(each, 415) for each in ("", "application/json, text/plain", "a" * 4096)),
    *(
        _typed(each, 415)
        for each in ("multipart/form-data; boundary=x", "text/plain; x=application/json")
    ),
    Raw("no content type", 415, headers=[]),
    # A REST API may look at the body first.
    Raw("no content type and no body", (400, 415), b"", []),
    Raw("a form by its type too", (400, 415), b"a=1", [("Content-Type", _FORM)]),
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
    _keyed("a key beside an orderId that is null", 200, "hostile-null")._replace(
        body=json.dumps({**sample_order(), "orderId": None}).encode()
    ),
    _keyed("a key beside another orderId", 400, "B-2")._replace(body=_ORDER),
]

# None of these matters to the API.
_HEADERS: Final[dict[str, Sequence[Header]]] = {
    "correlation ID of 256 characters": [("X-Correlation-Id", "c" * 256)],
    "correlation ID that is no text": [("X-Correlation-Id", b"\xff\xfe")],
    "correlation ID that forges a log line": [("X-Correlation-Id", '"}\t{"level":"ERROR"')],
    "empty correlation ID": [("X-Correlation-Id", "")],
    "header of 8 KB": [("X-Padding", "p" * 8 * 1024)],
    "a hundred headers": [(f"X-Padding-{number}", "p") for number in range(100)],
    "another method": [("X-HTTP-Method-Override", "DELETE"), ("X-Method-Override", "PUT")],
    "another path": [("X-Original-URL", "/admin"), ("X-Rewrite-URL", "/admin")],
    "another host": [("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")],
    "another address": [("X-Forwarded-For", "127.0.0.1, 10.0.0.1"), ("X-Real-IP", "127.0.0.1")],
    "another request ID": [("X-Request-Id", "forged"), ("X-Amzn-RequestId", "forged")],
    "another site": [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")],
    "a null origin": [("Origin", "null")],
    "an origin that forges a header": [("Origin", "https://a.example%0d%0aX-Evil: 1")],
    "unused credentials": [("Authorization", "Bearer e30.e30."), ("Cookie", "admin=1")],
    "a response of another type": [("Accept", "application/xml"), ("Accept-Charset", "utf-16")],
    "a part of the response": [("Range", "bytes=0-1")],
    "a condition": [
        ("If-None-Match", "*"),
        ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ],
    "100-continue": [("Expect", "100-continue")],
}
HEADERS: Final = [Raw(name, 200, headers=[_JSON, *more]) for name, more in _HEADERS.items()]

_QUERIES: Final = """
orderId=A-1 __proto__[admin]=1 a=1&a=2 _method=DELETE callback=evil %00 %FF%FE q=%27%20OR%201=1--
???????????????????? =&=&
"""
QUERIES: Final = [
    Raw(f"query {query}", 400, path=f"/orders?{query}")
    for query in (*_QUERIES.split(), "q=" + "q" * 4_000)
]

METHODS: Final = [
    *(Raw(f"method {name}", 404, method=name) for name in ("PUT", "PATCH", "DELETE", "TRACE")),
    *(Raw(f"method {name}", 404, method=name) for name in ("PROPFIND", "BREW")),
    Raw("method GET", 404, b"", [], "GET"),
]

_PATHS: Final = """
/ /ORDERS /Orders /orders.json /orders;a=b /orders/A-1/items /v1/orders /ordersorders
/.env /.git/config /admin /graphql /wp-login.php /actuator/env /openapi.json
/orders%00 /orders%0d%0aX-Evil:%201 /orders%3Fa=b /%E2%82%AC /%FF /%252e%252e
/{orderId} /$default /* /orders/* /${jndi:ldap://127.0.0.1/a}
"""
PATHS: Final = [
    *map(_at, _PATHS.split()),
    _at("/" + "p" * 4_000, "a path of 4,000 characters"),
    _at("/orders" + "/a" * 500, "a path of 500 parts"),
]

HOSTILE_REQUESTS: Final = [*BODIES, *CONTENT_TYPES, *KEYS, *HEADERS, *QUERIES, *METHODS, *PATHS]
