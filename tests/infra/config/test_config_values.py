"""Email addresses, host names, URLs and ARNs in the configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.config import ConfigError, StackConfig, parse
from infra.config.objects import Domain, Smtp
from tests.infra.config.keys import CERTIFICATE, OBJECTS, nested, text

_SENDER = "orders@shop-orders.net"
_SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
_LABEL = "a" * 63
_LONG = ".".join([_LABEL] * 3)

_ADDRESSES = ("emailFrom", "alerts.emails")


def _parse(**keys: Any) -> StackConfig:
    return parse({key: text(value) for key, value in {"emailFrom": _SENDER, **keys}.items()})


def _refusal(**keys: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        _parse(**keys)
    return str(caught.value)


@pytest.mark.parametrize("key", _ADDRESSES)
@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("a,b@shop-orders.net", "valid email address"),
        ("orders@shop..net", "valid email address"),
        (".orders@shop-orders.net", "valid email address"),
        ("orders.@shop-orders.net", "valid email address"),
        ("or..ders@shop-orders.net", "valid email address"),
        (f"{'o' * 65}@shop-orders.net", "valid email address"),
        (f"orders@{'d' * 64}.net", "valid email address"),
        (f"orders@{_LONG}.{_LONG}.net", "valid email address"),
        ("orders@shop-orders.1", "valid email address"),
        ("orders@localhost", "valid email address"),
        ("orders@shop_orders.net", "valid email address"),
        ("orders@[192.0.2.1]", "valid email address"),
        ('"orders desk"@shop-orders.net', "valid email address"),
        ("orders desk@shop-orders.net", "valid email address"),
        (" orders@shop-orders.net", "valid email address"),
        ("orders@shop-orders.net ", "valid email address"),
        ("Shop <orders@shop-orders.net>", "valid email address"),
        ("orders@shop-orders.net, ops@shop-orders.net", "valid email address"),
        ("=?utf-8?q?mallory=40evil.net=2C?=shop@shop-orders.net", "valid email address"),
        ("orders@b\u00fccher.net", "punycode"),
        ("orders@shop\uff0enet", "punycode"),
        ("b\u00fccher@shop-orders.net", "ASCII"),
        ("orders\uff20shop-orders.net", "valid email address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(key: str, address: str, hint: str) -> None:
    """Senders and receivers follow the rule for customers' addresses, with its punycode hint."""
    message = _refusal(**nested(key, address if key == "emailFrom" else [address]))
    assert f":{key}" in message
    assert json.dumps(address, ensure_ascii=False)[:150] in message
    assert "email address" in message
    assert hint in message


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("orders@shop-orders.net", "orders@shop-orders.net"),
        ("Orders+Shop@Shop-Orders.NET", "Orders+Shop@shop-orders.net"),
        ("orders@xn--bcher-kva.net", "orders@xn--bcher-kva.net"),
        ("orders@shop.xn--p1ai", "orders@shop.xn--p1ai"),
        (f"{'o' * 64}@shop-orders.net", f"{'o' * 64}@shop-orders.net"),
        ("o'brien/x=y@shop-orders.net", "o'brien/x=y@shop-orders.net"),
    ],
)
def test_an_address_is_taken_with_its_domain_in_lower_case(address: str, taken: str) -> None:
    """What is valid is taken; a domain has no case, and policies that name it have."""
    assert _parse(emailFrom=address).email_from == taken
    assert _parse(alerts={"emails": [address]}).alerts.emails == [taken]


@pytest.mark.parametrize(
    ("origin", "taken"),
    [
        ("https://shop-orders.net", "https://shop-orders.net"),
        ("HTTPS://Shop-Orders.NET", "https://shop-orders.net"),
        ("https://shop-orders.net:443", "https://shop-orders.net"),
        ("http://shop-orders.net:80", "http://shop-orders.net"),
        ("http://shop-orders.net:443", "http://shop-orders.net:443"),
        ("https://shop-orders.net:80", "https://shop-orders.net:80"),
        ("https://shop-orders.net:08443", "https://shop-orders.net:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:5173", "http://127.0.0.1:5173"),
        ("http://[::1]:5173", "http://[::1]:5173"),
        ("http://[2001:DB8:0:0::1]", "http://[2001:db8::1]"),
        ("https://xn--bcher-kva.net", "https://xn--bcher-kva.net"),
        ("https://shop.xn--p1ai", "https://shop.xn--p1ai"),
        (f"https://{_LABEL}.net", f"https://{_LABEL}.net"),
        ("*", "*"),
    ],
)
def test_an_origin_is_taken_as_browsers_send_it(origin: str, taken: str) -> None:
    """Scheme and host are in lower case, without a default port, as in requests."""
    assert _parse(corsOrigins=[origin]).cors_origins == [taken]


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "null",
            "",
            " ",
            "shop-orders.net",
            "//shop-orders.net",
            "ftp://shop-orders.net",
            "https://",
            "https:shop.net",
        ),
        *(
            "https://shop-orders.net/",
            "https://shop-orders.net/a",
            "https://shop-orders.net?a",
            "https://shop.net#a",
        ),
        *(
            "https://jane@shop-orders.net",
            "https://jane:pw@shop-orders.net",
            " https://shop.net",
            "https://shop.net ",
        ),
        *(
            "https://*.shop-orders.net",
            "https://shop.*.net",
            "*.shop-orders.net",
            "https://*",
            "**",
        ),
        *(
            "https://shop-orders.net.",
            "https://.shop.net",
            "https://shop..net",
            "https://-shop.net",
            "https://shop-.net",
        ),
        *(
            f"https://{'a' * 64}.net",
            f"https://{_LONG}.{_LONG}",
            "https://shop_orders.net",
            "https://shop orders.net",
        ),
        *(
            "https://shop-orders.net:",
            "https://shop.net:0",
            "https://shop.net:65536",
            "https://shop.net:port",
        ),
        *(
            "https://256.1.1.1",
            "https://1.2.3",
            "https://shop.1",
            "https://1.2.3.4.5",
            "https://0x7f",
            "https://01.2.3.4",
        ),
        *(
            "http://[::1",
            "http://[::g]",
            "http://[fe80::1%25eth0]",
            "http://[::ffff:1.2.3.4]",
            "http://::1",
            "http://[]",
        ),
        *(
            "https://b\u00fccher.net",
            "https://shop\uff0enet",
            "https://shop.net\n",
            "https://a.net,https://b.net",
        ),
        "https://shop.net'",
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    """An origin that no browser sends is refused; a non-ASCII host with the punycode hint."""
    message = _refusal(corsOrigins=[origin])
    assert ":corsOrigins.0" in message
    assert "an origin without a path" in message
    assert ("punycode" in message) is not origin.isascii()


def test_two_spellings_of_an_origin_are_one() -> None:
    """An origin that is listed twice, in any spelling, is refused."""
    message = _refusal(corsOrigins=["https://Shop-Orders.net:443", "https://shop-orders.net"])
    assert ":corsOrigins' in " in message
    assert message.endswith("Input should hold each entry once.")


@pytest.mark.parametrize(
    "name",
    [
        "api.shop-orders.net",
        "api.xn--p1ai",
        "xn--80ak6aa92e.xn--p1ai",
        f"{_LABEL}.net",
        f"{_LONG}.{'b' * 57}.net",
    ],
)
def test_a_domain_name_is_taken(name: str) -> None:
    """Labels of up to 63 characters, 253 in all, and internationalised top-level domains work."""
    assert len(name) <= 253
    assert _parse(**nested("domain.name", name)).domain == Domain(
        name=name, certificateArn=CERTIFICATE
    )


@pytest.mark.parametrize(
    "name",
    [
        *(
            f"{'a' * 64}.net",
            f"{_LONG}.{'b' * 58}.net",
            "api.shop.1",
            "api.192",
            "192.0.2.1",
            "localhost",
            "net",
            "",
        ),
        *(
            "*.shop-orders.net",
            "api.*.net",
            "API.shop-orders.net",
            "api.shop-orders.net.",
            ".shop.net",
            "api..net",
        ),
        *(
            "-api.net",
            "api-.net",
            "api.shop_orders.net",
            "api.shop.net:443",
            "https://api.shop.net",
            "api.shop.net/v1",
        ),
        *(
            "api.\u0440\u0444",
            "api.b\u00fccher.net",
            " api.shop.net",
            "api.shop.net\n",
            "jane@shop.net",
            "[::1]",
        ),
    ],
)
def test_a_domain_name_that_cannot_be_is_refused(name: str) -> None:
    """Names that DNS or API Gateway refuses, wildcards and upper case too, are refused."""
    message = _refusal(**nested("domain.name", name))
    assert ":domain.name" in message
    assert "lower case" in message
    assert ("punycode" in message) is not name.isascii()


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.shop-orders.net",
        "https://shop.eu.auth0.com/",
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
        "https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        "https://id.shop-orders.net:8443/realms/shop",
    ],
)
def test_an_issuer_may_have_a_path(issuer: str) -> None:
    """Issuers with a path, a slash at the end or a port are taken exactly as they are written."""
    jwt = _parse(auth="jwt", **nested("jwt.issuer", issuer)).jwt
    assert jwt is not None
    assert jwt.issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        *(
            "http://id.shop.net",
            "id.shop.net",
            "https://",
            "https:///path",
            "https://id.shop.net?a=b",
            "https://id.net?",
        ),
        *(
            "https://id.shop.net#a",
            "https://id.shop.net#",
            "https://jane@id.net",
            "https://jane:pw@id.net",
            "https://@a.net",
        ),
        *(
            "https://id.shop.net ",
            " https://id.shop.net",
            "https://id.shop.net/a b",
            "https://id.shop.net\n",
        ),
        *(
            "https://localhost",
            "https://id",
            "https://127.0.0.1",
            "https://[::1]",
            "https://id..net",
            "https://id.net:0",
        ),
        *(
            "https://id.net:99999",
            "https://id_shop.net",
            "https://b\u00fccher.net",
            "https://id.net/b\u00fccher",
        ),
        *("https://id.shop.net\\a", "HTTPS://id.shop.net", f"https://id.shop.net/{'a' * 2048}"),
        "https://id.shop.net/.well-known/openid-configuration",
        "https://id.shop.net/a/.well-known/openid-configuration",
    ],
)
def test_an_issuer_that_no_token_can_have_is_refused(issuer: str) -> None:
    """An issuer whose configuration API Gateway could not read is refused with a sentence."""
    message = _refusal(auth="jwt", **nested("jwt.issuer", issuer))
    assert ":jwt.issuer" in message
    assert "https://" in message or "the issuer alone" in message


@pytest.mark.parametrize(
    "claim", ["sub", "cognito:username", "https://shop-orders.net/customer", "client_id", "a.b"]
)
def test_a_claim_that_names_a_customer_is_taken(claim: str) -> None:
    """Claims with a prefix or a URL as their name are taken as they are written in the token."""
    jwt = _parse(auth="jwt", **nested("jwt.customerClaim", claim)).jwt
    assert jwt is not None
    assert jwt.customer_claim == claim


@pytest.mark.parametrize(
    "claim", ["", " ", "sub ", " sub", "su\nb", "iss", "aud", "exp", "nbf", "iat", "jti"]
)
def test_a_claim_that_names_no_customer_is_refused(claim: str) -> None:
    """A claim that does not identify a customer would mix up or lose orders."""
    assert ":jwt.customerClaim" in _refusal(auth="jwt", **nested("jwt.customerClaim", claim))


def test_an_audience_has_no_spaces_around_it() -> None:
    """An audience that no token can hold is refused."""
    for audience in ("", " ", "shop ", " shop"):
        assert ":jwt.audiences.0" in _refusal(auth="jwt", **nested("jwt.audiences", [audience]))


def _smtp(**keys: Any) -> Smtp:
    smtp = _parse(smtp={**OBJECTS["smtp"], **keys}).smtp
    assert smtp is not None
    return smtp


@pytest.mark.parametrize("port", [465, 587, 2465, 2525, 2587, 1, 65535])
def test_ports_that_can_work_are_taken(port: int) -> None:
    """Any port but the blocked one may be that of a mail server."""
    assert _smtp(port=port).port == port


def test_port_25_is_refused() -> None:
    """AWS blocks port 25 for Lambda functions, so that no confirmation could be sent."""
    message = _refusal(**nested("smtp.port", 25))
    assert ":smtp.port" in message
    assert "AWS blocks port 25 for Lambda functions" in message
    assert "587" in message


@pytest.mark.parametrize(
    "host",
    [
        *(
            "192.0.2.1",
            "[2001:db8::1]",
            "::1",
            "smtp.shop.net:587",
            "smtp_1.shop.net",
            "smtp..net",
            ".smtp.net",
        ),
        *(
            "smtp.shop.net.",
            "mailhost",
            "-smtp.net",
            "smtp-.net",
            f"{'a' * 64}.net",
            "smtp.b\u00fccher.net",
        ),
        *(
            "smtp://smtp.shop.net",
            "smtp.shop.net/",
            "jane@smtp.net",
            " smtp.shop.net",
            "smtp.shop.net\n",
            "smtp.1",
        ),
    ],
)
def test_an_smtp_host_that_tls_cannot_check_is_refused(host: str) -> None:
    """An SMTP server is a host name that a certificate can hold: no port and no IP address."""
    message = _refusal(**nested("smtp.host", host))
    assert ":smtp.host" in message
    assert "a host name such as" in message


def test_an_smtp_host_is_in_lower_case() -> None:
    """A host name has no case."""
    assert _smtp(host="SMTP.Shop-Orders.net").host == "smtp.shop-orders.net"


@pytest.mark.parametrize("name", ["smtp-AbCdEf", "prod/mail_1+x=y.z@a-b-AbCdEf"])
def test_a_complete_secret_arn_is_taken(name: str) -> None:
    """The ARN as Secrets Manager shows it is taken."""
    assert _smtp(secretArn=_SECRET + name).secret_arn == _SECRET + name


@pytest.mark.parametrize(
    "name",
    [
        *(
            "smtp-AbCdEf:password::",
            "smtp-AbCdEf:password:AWSCURRENT:",
            "smtp-AbCdEf:::",
            "smtp-AbCdEf:",
        ),
        *(
            "smtp",
            "smtp-AbCdE",
            "smtp-??????",
            "smtp*",
            "smtp AbCdEf-AbCdEf",
            "-AbCdEf",
            "smtp-AbCdEf ",
        ),
    ],
)
def test_what_is_no_complete_secret_arn_is_refused(name: str) -> None:
    """A suffix as in ECS, and an ARN without its six characters, are refused."""
    message = _refusal(**nested("smtp.secretArn", _SECRET + name))
    assert ":smtp.secretArn" in message
    assert "the complete ARN of a secret" in message


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://pager.net",
            "https://jane@pager.net/x",
            "https://jane:pw@pager.net/x",
            "https://pager.net/x#a",
        ),
        *(
            "https://localhost/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://pager.net/a b",
            "https://pager",
        ),
        *(
            "https://pager..net",
            "https://pager.net:0/x",
            "https://pager.net/x ",
            "https://b\u00fccher.net/x",
            "https://",
        ),
    ],
)
def test_a_webhook_that_sns_cannot_reach_is_refused(url: str) -> None:
    """A webhook is a public HTTPS URL; previews and state would show a password in it."""
    assert ":alerts.webhooks.0" in _refusal(alerts={"webhooks": [url]})


@pytest.mark.parametrize(
    "url", ["https://pager.net", "https://events.pager.net:8443/integration/a1b2?x=1&y=%20"]
)
def test_a_webhook_may_have_a_port_a_path_and_a_query(url: str) -> None:
    """Pagers give URLs with all of them."""
    assert _parse(alerts={"webhooks": [url]}).alerts.webhooks == [url]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("alerts.phoneNumbers", ["+0123456789"]),
        ("alerts.phoneNumbers", ["+1 555 0100"]),
        ("alerts.phoneNumbers", ["+1234567890123456"]),
        ("apiKeys", ["-shop"]),
        ("apiKeys", ["shop_1"]),
        ("apiKeys", ["s" * 64]),
        ("rest.allowedIpRanges", ["2001:db8::1/32"]),
        ("rest.allowedIpRanges", ["fe80::%eth0/64"]),
        ("rest.allowedIpRanges", ["192.0.2.0/255.255.255.0"]),
        ("rest.allowedIpRanges", [" 192.0.2.0/24"]),
        ("domain.certificateArn", f"{CERTIFICATE} "),
        ("domain.certificateArn", "arn:aws:acm:us-east-1:1234:certificate/1b4f"),
        ("domain.hostedZoneId", "/hostedzone/Z0123"),
        ("domain.hostedZoneId", "z0123"),
        ("domain.hostedZoneId", "Z" * 33),
    ],
)
def test_other_values_that_aws_refuses_are_refused(path: str, value: Any) -> None:
    """What AWS would refuse of the other keys is refused under its path."""
    entry = ".0" if isinstance(value, list) else ""
    assert f":{path}{entry}'" in _refusal(gateway="rest", **nested(path, value))


def test_a_short_phone_number_works() -> None:
    """Numbers in international format have 7 to 15 digits."""
    assert _parse(alerts={"phoneNumbers": ["+1555010"]})


def test_ip_ranges_are_compared_in_one_form() -> None:
    """A range that is listed in two spellings is listed twice."""
    ranges = ["2001:DB8::/32", "2001:db8:0::/32"]
    message = _refusal(gateway="rest", rest={"allowedIpRanges": ranges})
    assert message.endswith("Input should hold each entry once.")
