"""Who a request comes from, where the gateway checked a token."""

from handlers.http.request import HttpRequest
from handlers.validation import text
from handlers.validation.normalization import nfc


class Forbidden(Exception):  # noqa: N818 - a refused request is an answer, not an error of ours
    """The caller may not have what the request asks for; the message is for the log."""


def customer_of(request: HttpRequest, claim: str) -> str | None:
    """Return the customer that the caller's token names in a claim; None where callers have no token, and no claim.

    Raises:
        Forbidden: the token does not name a customer in the claim.
    """
    if not claim:
        return None
    named = nfc(request.claims.get(claim))
    if not isinstance(named, str) or not text.is_customer_id(named):
        raise Forbidden("The token names no customer")
    return named
