"""Verification of AWS Signature Version 4: the emulator does not verify its root key's requests.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from ministack.core import sigv4
from ministack.core.router import detect_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tooling.signing import AccessKey

    # Returns the secret of a key that the emulator has issued, by key ID and session token.
    Issued = Callable[[str, str], str | None]

_ALGORITHM = "AWS4-HMAC-SHA256"
_SCOPE = r"(?P<key>\w{4,128})/(?P<date>\d{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)/aws4_request"
# One notation, so that the guard and the emulator cannot read different keys.
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} +Credential={_SCOPE}, *SignedHeaders=[\w;-]+, *Signature=[0-9a-f]{{64}}",
    re.ASCII,
)
_QUERY_SCOPE = re.compile(_SCOPE, re.ASCII)
# The parameters of a signature in the query string.
_QUERY = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)
_TOKEN = "X-Amz-Security-Token"  # noqa: S105 (the name of a parameter)
# A query string with one of these, in any case, names a key. The last is of Signature Version 2.
_NAMES_A_KEY = {"x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid"}
_FORM = "application/x-www-form-urlencoded"
_SKEW = dt.timedelta(minutes=15)
_LONGEST_EXPIRY_SECONDS = 7 * 24 * 3600
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")


class SignatureError(Exception):
    """A refused signature: an error code of AWS and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request; `path` is encoded as the client has sent it."""

    method: str
    path: str
    query: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls, method: str, path: str, query: str, headers: Iterable[tuple[bytes, bytes]]
    ) -> Request:
        """Decode an ASGI scope's parts."""
        fields = tuple(
            (name.decode("latin-1").lower(), sigv4.decode_header_value(value))
            for name, value in headers
        )
        return cls(method=method, path=path, query=query, fields=fields)

    def values(self, header: str) -> list[str]:
        """Every value of a header."""
        return [value for name, value in self.fields if name == header]

    @property
    def headers(self) -> dict[str, str]:
        """The headers as they are signed, with repeated ones joined by a comma."""
        return {name: ",".join(self.values(name)) for name, _ in self.fields}

    @property
    def amazon_headers(self) -> set[str]:
        """Names of the headers that AWS accepts only if the signature covers them."""
        return {name for name in self.headers if name.startswith("x-amz-")}

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        return parse_qs(self.query, keep_blank_values=True)

    @property
    def names_a_key(self) -> bool:
        """Whether the emulator may read an access key in the request."""
        authorized = any(
            value.lstrip().upper().startswith("AWS") for value in self.values("authorization")
        )
        return authorized or not _NAMES_A_KEY.isdisjoint(name.lower() for name in self.parameters)


class Verifier:
    """Verifies that requests are signed with the root key, or with a key that was issued."""

    def __init__(self, root: AccessKey, issued: Issued) -> None:
        self._root = root
        self._issued = issued

    def is_root(self, access_key_id: str) -> bool:
        """Whether it is the root key's ID."""
        return hmac.compare_digest(access_key_id.encode(), self._root.access_key_id.encode())

    def prepare(self, request: Request) -> Signature:
        """Read a request's signature and look up its key, before the body is read.

        Raises:
            SignatureError: there is none, it is not valid now, or its key is unknown.
        """
        if not request.names_a_key:
            raise SignatureError(
                "MissingAuthenticationToken", "The embedded AWS accepts signed requests only."
            )
        signature = _in_query(request) if _names_a_key_in_query(request) else _in_header(request)
        token = signature.token(request)
        if self.is_root(signature.access_key_id) and not token:
            secret: str | None = self._root.secret_access_key
        else:
            secret = self._issued(signature.access_key_id, token)
        if secret is None:
            sentence = (
                "The embedded AWS does not know this access key; every start draws another one."
            )
            raise SignatureError("UnrecognizedClientException", sentence)
        return replace(signature, secret=secret)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A parsed signature whose key is known; `verify` compares it with the request and its body."""

    access_key_id: str
    parsed: sigv4.HeaderSignature
    presigned: bool
    secret: str = field(default="", repr=False)

    def token(self, request: Request) -> str:
        """The session token, or nothing."""
        if self.presigned:
            return _single(request.parameters, _TOKEN) if _TOKEN in request.parameters else ""
        return request.headers.get(_TOKEN.lower(), "")

    def verify(self, request: Request, body: bytes) -> None:
        """Recompute the signature.

        Raises:
            SignatureError: it differs, or the body is not the one that was signed.
        """
        # The emulator chooses the service by such headers: a URL signed for S3 would open them all.
        if unsigned := request.amazon_headers.difference(self.parsed.signed_headers.split(";")):
            raise SignatureError(
                "AccessDenied", f"These headers must be signed: {', '.join(sorted(unsigned))}."
            )
        declared = request.headers.get("x-amz-content-sha256")
        if declared is not None and not self._covers(declared, body):
            raise SignatureError(
                "SignatureDoesNotMatch", "The body is not the one that was signed."
            )
        failure = sigv4.header_signature_failure(
            self.parsed,
            self.secret,
            request.method,
            request.path,
            request.parameters,
            request.headers,
            body,
            presigned=self.presigned,
        )
        if failure is not None:
            raise SignatureError(*failure)
        if (
            self.parsed.service == "s3"
            and not _HEX_DIGEST.fullmatch(declared or "")
            and not _is_for_s3(request, body)
        ):
            raise SignatureError(
                "AccessDenied", "The body is not signed, and is for another service than S3."
            )

    def _covers(self, declared: str, body: bytes) -> bool:
        """Whether the declared hash is the body's; S3 also accepts unsigned and chunked bodies."""
        if _HEX_DIGEST.fullmatch(declared):
            return hmac.compare_digest(declared, hashlib.sha256(body).hexdigest())
        return self.parsed.service == "s3" and declared.startswith(
            ("UNSIGNED-PAYLOAD", "STREAMING-")
        )


def _is_for_s3(request: Request, body: bytes) -> bool:
    """Whether the emulator, which also reads forms, would choose S3 for the request."""
    text = body.decode(errors="replace") if _FORM in _content_type(request) else ""
    form = parse_qs(text, keep_blank_values=True)
    target = detect_service(
        request.method, request.path, request.headers, {**form, **request.parameters}
    )
    return bool(target == "s3")


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").lower()


def _names_a_key_in_query(request: Request) -> bool:
    return not _NAMES_A_KEY.isdisjoint(name.lower() for name in request.parameters)


def _in_header(request: Request) -> Signature:
    values = request.values("authorization")
    header = _AUTHORIZATION.fullmatch(values[0].strip()) if len(values) == 1 else None
    if header is None:
        raise _incomplete("The Authorization header is not one of Signature Version 4.")
    parsed = sigv4.parse_header_signature({**request.headers, "authorization": values[0].strip()})
    if isinstance(parsed, tuple):
        raise SignatureError(*parsed)
    _require_host(parsed)
    if abs(_now() - _moment(parsed.amz_date)) > _SKEW:
        raise SignatureError(
            "RequestTimeTooSkewed", f"The request was signed at {parsed.amz_date}, not now."
        )
    return Signature(access_key_id=header["key"], parsed=parsed, presigned=False)


def _in_query(request: Request) -> Signature:
    parameters = request.parameters
    if "AWSAccessKeyId" in parameters:
        raise _incomplete(
            "Only Signature Version 4 is accepted; for S3 URLs, use signature_version='s3v4'."
        )
    if request.values("authorization"):
        raise _incomplete(
            "The request is signed twice: in its Authorization header and in its query string."
        )
    values = {name: _single(parameters, name) for name in _QUERY}
    scope = _QUERY_SCOPE.fullmatch(values["X-Amz-Credential"])
    if scope is None or values["X-Amz-Algorithm"] != _ALGORITHM:
        raise _incomplete("The query string's signature is not one of Signature Version 4.")
    parsed = sigv4.parse_query_signature(parameters)
    if isinstance(parsed, tuple):
        raise SignatureError(*parsed)
    _require_host(parsed)
    expires = values["X-Amz-Expires"]
    seconds = int(expires) if re.fullmatch(r"[0-9]{1,6}", expires) else 0
    signed, now = _moment(parsed.amz_date), _now()
    if seconds > _LONGEST_EXPIRY_SECONDS or not signed - _SKEW <= now <= signed + dt.timedelta(
        seconds=seconds
    ):
        raise SignatureError("RequestTimeTooSkewed", "The signed URL is not valid now.")
    return Signature(access_key_id=scope["key"], parsed=parsed, presigned=True)


def _single(parameters: dict[str, list[str]], name: str) -> str:
    """Return a parameter that must be there once, in this spelling."""
    values = [
        value
        for other, others_values in parameters.items()
        if other.lower() == name.lower()
        for value in others_values
    ]
    if len(values) != 1 or name not in parameters:
        raise _incomplete(f"The query string must have {name} once.")
    return values[0]


def _require_host(parsed: sigv4.HeaderSignature) -> None:
    if "host" not in parsed.signed_headers.split(";"):
        raise _incomplete("The signature must cover the Host header.")


def _moment(amz_date: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        raise _incomplete("X-Amz-Date must be a date such as 20260115T100000Z.") from None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _incomplete(sentence: str) -> SignatureError:
    return SignatureError("IncompleteSignature", sentence)
