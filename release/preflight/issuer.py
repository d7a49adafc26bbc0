"""The issuer of JSON web tokens: its OpenID configuration, which API Gateway reads as well."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from typing import TYPE_CHECKING, Any, Final

from release.preflight.finding import failed, ok

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.config.objects import Jwt
    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding

NAME: Final = "JWT issuer"
_PATH: Final = "/.well-known/openid-configuration"
_SECONDS: Final = 5
_MAX_BYTES: Final = 64 * 1024


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """API Gateway expects the document at the issuer's own URL."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Follow nothing."""


def run(target: Target) -> Findings:
    """Read the issuer's OpenID configuration."""
    jwt = target.config.jwt
    if jwt is not None:
        yield judge(jwt, storefront=target.config.storefront, read=target.read_url)


def read(url: str, seconds: float = _SECONDS) -> bytes:
    """Return the start of a document at an HTTPS URL.

    Raises:
        OSError: it cannot be read, or not in time; among these are HTTP errors.
        http.client.HTTPException: the response is not one of HTTP.
    """
    deadline = time.monotonic() + seconds
    content = b""
    opener = urllib.request.build_opener(_NoRedirects)
    # The configuration allows HTTPS alone. The timeout is that of each read.
    with opener.open(url, timeout=seconds) as response:
        while chunk := response.read1(_MAX_BYTES - len(content)):
            content += chunk
            if time.monotonic() > deadline:
                raise TimeoutError("the response takes too long")
    return content


def judge(jwt: Jwt, *, storefront: bool, read: Callable[[str], bytes]) -> Finding:
    """Judge the document: API Gateway needs the same issuer, and its keys.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    """
    url = f"{jwt.issuer.rstrip('/')}{_PATH}"
    step = f"Correct jwt.issuer: curl {url}"
    try:
        document = json.loads(read(url))
    except (OSError, http.client.HTTPException) as error:
        return failed(NAME, f"{url} cannot be read from this machine: {error}.", step)
    except ValueError:
        return failed(NAME, f"{url} holds no JSON.", step)
    values = document if isinstance(document, dict) else {}
    if values.get("issuer") != jwt.issuer:
        return failed(NAME, f"{url} names the issuer {values.get('issuer')}.", step)
    needed = ["jwks_uri", *(["token_endpoint", "authorization_endpoint"] if storefront else [])]
    if missing := [name for name in needed if not values.get(name)]:
        return failed(NAME, f"{url} lacks {', '.join(missing)}.", step)
    return ok(NAME, f"{url} names {jwt.issuer} and its keys.")
