"""Host names, CORS origins, issuers and webhook URLs in the configuration."""

import ipaddress
import re
from typing import Final, NoReturn

from pydantic_core import PydanticCustomError

from handlers.validation.email_addresses import email_address_problem

# https://www.rfc-editor.org/rfc/rfc1035 and, for the top-level domain, https://www.rfc-editor.org/rfc/rfc3696
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP_LEVEL: Final = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}", re.ASCII)
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+{_TOP_LEVEL}", re.ASCII)
_LONGEST: Final = 253

_LOCALHOST: Final = "localhost"
_PUNYCODE: Final = "; write an internationalised domain in punycode, such as xn--bcher-kva.example"

_ORIGIN: Final = re.compile(
    r"(https?)://(\[[^\]]*\]|[^/?#@:\[\]]+)(?::([0-9]{1,5}))?", re.IGNORECASE
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LAST_PORT: Final = 65_535

# The parts of a URL: host, port, path, query and fragment.
_URL: Final = re.compile(
    r"https://([^/?#@:\[\]\\\s]+)(?::([0-9]{1,5}))?(/[^?#\\\s]*)?(\?[^#\\\s]*)?(#.*)?"
)
_URL_CHARACTERS: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)
_LONGEST_ISSUER: Final = 2048
_DISCOVERY: Final = "/.well-known/openid-configuration"


def email_address(text: str) -> str:
    """Return an email address whose domain is in lower case, as SES and IAM policies name it."""
    if problem := email_address_problem(text):
        raise PydanticCustomError("email_address", "{problem}", {"problem": problem})
    local_part, _, domain = text.rpartition("@")
    return f"{local_part}@{domain.lower()}"


def domain_name(text: str) -> str:
    """Return the custom domain name of an API."""
    if not _is_domain(text):
        _refuse(
            "a domain name in lower case, such as api.example.com, with labels of at most 63 "
            "characters and 253 in all, without wildcards",
            text,
        )
    return text


def host_name(text: str) -> str:
    """Return the name of an SMTP server in lower case.

    TLS compares it with the server's certificate, so it is no IP address and has no dot at its end.
    """
    host = text.lower()
    if not _is_domain(host) and host != _LOCALHOST:
        _refuse("a host name such as smtp.example.com, without a port and no IP address", text)
    return host


def origin(text: str) -> str:
    """Return an origin as browsers send it: in lower case, without the default port; or `*`.

    https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
    """
    if text == "*":
        return text
    parts = _ORIGIN.fullmatch(text)
    host = _browser_host(parts[2].lower()) if parts else None
    port = int(parts[3]) if parts and parts[3] else None
    if not parts or host is None or not (port is None or 1 <= port <= _LAST_PORT):
        _refuse("an origin without a path, such as https://shop.example.com, or *", text)
    scheme = parts[1].lower()
    return f"{scheme}://{host}" + ("" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}")


def https_origin(text: str) -> str:
    """Return the origin of a public HTTPS server, as browsers send it."""
    parts = _public_url(text)
    if not parts or any(parts[number] is not None for number in (3, 4, 5)):
        _refuse("an origin that starts with https://, without a path", text)
    return origin(text)


def issuer(text: str) -> str:
    """Return the issuer of tokens unchanged: API Gateway compares it with the claim `iss`.

    It may have a path, as that of a Cognito user pool has. API Gateway reads the keys from
    <issuer>/.well-known/openid-configuration.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-create.html
    """
    parts = _public_url(text)
    if not parts or parts[4] is not None or parts[5] is not None or len(text) > _LONGEST_ISSUER:
        _refuse(
            "a URL that starts with https://, as in the claim iss of the tokens, without user "
            "name, query and fragment",
            text,
        )
    if text.rstrip("/").endswith(_DISCOVERY):
        _refuse(f"the issuer alone, without {_DISCOVERY}", text)
    return text


def webhook(text: str) -> str:
    """Return a URL that receives alarms.

    SNS accepts a user name and password in it, which previews, state and console would show.
    """
    parts = _public_url(text)
    if not parts or parts[5] is not None:
        _refuse(
            "a URL that starts with https://, with a host name, without user name, password and "
            "fragment",
            text,
        )
    return text


def _public_url(text: str) -> re.Match[str] | None:
    """Return the parts of a URL with a public host name; None for all other texts."""
    parts = _URL.fullmatch(text)
    if not parts or not _URL_CHARACTERS.fullmatch(text) or not _is_domain(parts[1].lower()):
        return None
    return parts if parts[2] is None or 1 <= int(parts[2]) <= _LAST_PORT else None


def _browser_host(host: str) -> str | None:
    """Return a host in lower case as browsers write it; None for all other texts."""
    if host.startswith("["):
        return _ipv6(host[1:-1])
    # A host that ends in a number is an IPv4 address.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]):
        return _ipv4(host)
    return host if _HOST.fullmatch(host) and len(host) <= _LONGEST else None


def _ipv4(text: str) -> str | None:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        return None


def _ipv6(text: str) -> str | None:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return None if address.scope_id or address.ipv4_mapped else f"[{address.compressed}]"


def _is_domain(host: str) -> bool:
    return len(host) <= _LONGEST and _DOMAIN.fullmatch(host) is not None


def _refuse(meaning: str, text: str) -> NoReturn:
    hint = "" if text.isascii() else _PUNYCODE
    raise PydanticCustomError("host", "Input should be {meaning}", {"meaning": meaning + hint})
