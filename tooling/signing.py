"""Access keys, such as the embedded AWS's, and requests signed with them (SigV4)."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

REGION = "us-east-1"
# For the emulator's own paths, such as the mailbox, which belong to no AWS service.
_OWN_SERVICE = "emulator"


@dataclass(frozen=True, kw_only=True)
class AccessKey:
    """An access key ID and its secret access key, which the object's representation hides."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    """Of temporary credentials, such as a role's."""

    @classmethod
    def generate(cls) -> Self:
        """Return a random key in AWS's form, with 80 bits of key ID and 240 bits of secret."""
        key_id = "AKIA" + base64.b32encode(secrets.token_bytes(10)).decode()
        return cls(access_key_id=key_id, secret_access_key=secrets.token_urlsafe(30))

    @classmethod
    def of_outputs(cls, outputs: Mapping[str, str]) -> Self:
        """Return the key in a local stack's outputs."""
        return cls(
            access_key_id=outputs["awsAccessKeyId"],
            secret_access_key=outputs["awsSecretAccessKey"],
        )

    @property
    def outputs(self) -> dict[str, str]:
        """The key as in a local stack's outputs."""
        return {"awsAccessKeyId": self.access_key_id, "awsSecretAccessKey": self.secret_access_key}

    @property
    def client_arguments(self) -> dict[str, str]:
        """The key as arguments of a boto3 client."""
        return {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
        }


class SignatureAuth(httpx.Auth):
    """Signs requests of httpx with an access key."""

    requires_request_body = True

    def __init__(self, key: AccessKey, service: str = _OWN_SERVICE, region: str = REGION) -> None:
        self._service = service
        self._region = region
        self._credentials = Credentials(key.access_key_id, key.secret_access_key, key.session_token)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the signature's headers; see `httpx.Auth`."""
        # The host is the one signed header: httpx adds others later.
        signed: Any = AWSRequest(
            method=request.method,
            url=str(request.url),
            data=request.content,
            headers={"Host": request.headers["Host"]},
        )
        SigV4Auth(self._credentials, self._service, self._region).add_auth(signed)
        request.headers.update(dict(signed.headers))
        yield request
