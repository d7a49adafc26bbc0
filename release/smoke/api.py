"""The smoke test's request: the synthetic order, and the credentials for the stack's `auth`."""

from __future__ import annotations

import json
import re
import ssl
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import boto3
import httpx

from handlers.order.scope import is_stored_order_id
from handlers.validation.email_addresses import email_address_problem
from orderctl.cli_support import WRONG_USAGE, masked
from orderctl.stack import local_key
from tooling.errors import UserError
from tooling.signing import AccessKey, SignatureAuth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderctl.stack import Outputs, Stack

CUSTOMER_ID: Final = "smoke-test"

# The mailbox simulator accepts every email, also from the sandbox, and counts neither for the
# sending quota nor for bounces. https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
SIMULATOR: Final = "success@simulator.amazonses.com"

# An API Gateway integration takes at most 30 seconds.
_TIMEOUT_SECONDS: Final = 35

# Loading the CA certificates takes longer than a request to the embedded AWS, which has no TLS.
_NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True, kw_only=True)
class SyntheticOrder:
    """An order that anyone recognizes as synthetic, and its idempotency key.

    Where callers have no token, the key is the order's ID as well: an order whose response is lost
    can be removed. A caller with a token orders under its own customer ID.
    """

    key: str = field(default_factory=lambda: f"{CUSTOMER_ID}-{uuid.uuid4()}")
    recipient: str
    has_token: bool

    @property
    def order_id(self) -> str | None:
        """The ID that the order gets; None where the API chooses it."""
        return None if self.has_token else self.key

    @property
    def body(self) -> dict[str, Any]:
        """The request's body."""
        own = {} if self.has_token else {"customerId": CUSTOMER_ID, "orderId": self.key}
        return {
            **own,
            "customerName": "Smoke Test",
            "customerEmail": self.recipient,
            "items": [{"productId": "SMOKE-TEST", "quantity": 1, "price": 0.01}],
            "notes": self.notes,
        }

    @property
    def notes(self) -> str:
        """The order's notes, by which the stored order is recognized: no other order has them."""
        return f"Synthetic order of the smoke test, which removes it ({self.key})."


@dataclass(frozen=True, kw_only=True)
class Api:
    """The stack's API with the caller's credentials, which the object's representation hides."""

    url: str
    target: str | None = None
    """The regional endpoint of a custom domain name, which may lead to another region or nowhere.

    It is reached under the name, so that API Gateway and the certificate are those of the name.
    """
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    signature: httpx.Auth | None = field(default=None, repr=False)
    is_local: bool = False

    @classmethod
    def of(cls, target: Stack, credential: str | None) -> Self:
        """Return the API of a stack.

        Args:
            target: The stack.
            credential: The token (`auth: jwt`) or API key (`auth: apiKey`), if the caller has one.

        Raises:
            UserError: the outputs are those of an older version, or the stack's callers need
                another credential.
        """
        outputs = target.outputs
        if outputs.orders_url is None or outputs.auth is None:
            raise UserError(
                "The stack's outputs name no ordersUrl or no auth; deploy this version first."
            )
        check_credential(outputs.auth, credential)
        headers, signature = {}, None
        if outputs.auth == "iam":
            signature = SignatureAuth(_access_key(outputs), "execute-api", outputs.region)
        elif outputs.auth == "apiKey":
            headers = {"X-Api-Key": credential or _api_key(target)}
        elif outputs.auth == "jwt":
            headers = {"Authorization": f"Bearer {credential}"}
        return cls(
            url=outputs.orders_url,
            target=outputs.domain_target,
            headers=headers,
            signature=signature,
            is_local=outputs.aws_endpoint_url is not None,
        )

    def send(self, order: SyntheticOrder) -> httpx.Response:
        """Send the order; a second time, it is a replay."""
        url, name = httpx.URL(self.url), {}
        headers = {"Content-Type": "application/json", "Idempotency-Key": order.key}
        if self.target is not None:
            headers["Host"], name = url.netloc.decode(), {"sni_hostname": url.host}
            url = url.copy_with(netloc=self.target.encode())
        return self._request(
            "POST",
            url,
            content=json.dumps(order.body),
            headers={**headers, **self.headers},
            auth=self.signature,
            extensions=name,
        )

    def get(self, url: str, auth: httpx.Auth | None = None) -> httpx.Response:
        """Read a page without the API's credentials."""
        return self._request("GET", httpx.URL(url), auth=auth)

    def _request(self, method: str, url: httpx.URL, **arguments: Any) -> httpx.Response:
        verify = _NO_CERTIFICATES if self.is_local else True
        # The user's proxies lead to AWS, not to this machine.
        with httpx.Client(
            timeout=_TIMEOUT_SECONDS, verify=verify, trust_env=not self.is_local
        ) as client:
            return client.request(method, url, **arguments)


def read_credential(file: str) -> str:
    """Return the token or API key in a file; `-` is standard input.

    Raises:
        UserError: it cannot be read, or is empty; the sentence does not have its content.
    """
    if file == "-" and sys.stdin is None:
        raise UserError("--credentials -: standard input is closed.")
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"--credentials {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"--credentials {file} cannot be read: it is no text.") from error
    if not re.fullmatch(r"[!-~]+", text.strip()):
        raise UserError(f"--credentials {file} must hold a token or an API key, and nothing else.")
    return text.strip()


def check_credential(auth: str, credential: str | None) -> None:
    """Check whether the caller has the credential that a stack's `auth` needs.

    Raises:
        UserError: a token is missing, or the token or key has no effect.
    """
    if auth == "jwt" and credential is None:
        raise UserError(
            "The stack's callers need a JSON web token (auth: jwt); pass a file with one, or - for "
            "standard input, as --credentials.",
            exit_code=WRONG_USAGE,
        )
    if credential is not None and auth not in ("apiKey", "jwt"):
        raise UserError(
            f"--credentials has no effect: the stack's auth is {auth}.", exit_code=WRONG_USAGE
        )


def check_recipient(chosen: str) -> None:
    """Check an address for the confirmation.

    Raises:
        UserError: it is no valid email address.
    """
    if problem := email_address_problem(chosen):
        raise UserError(f"--recipient: {problem}.", exit_code=WRONG_USAGE)


def recipient(outputs: Outputs, chosen: str | None) -> str:
    """Return the address of the confirmation.

    It is the chosen one, else the mailbox simulator of SES. An SMTP server delivers to its sender.

    Raises:
        UserError: the chosen one is no valid email address.
    """
    if chosen is not None:
        check_recipient(chosen)
        return chosen
    if outputs.email_transport == "smtp" and outputs.email_from:
        return outputs.email_from
    return SIMULATOR


def order_id_in(response: httpx.Response) -> str | None:
    """Return the order's ID in a response; None where it is no response of this API."""
    order_id = _body(response).get("orderId")
    return order_id if isinstance(order_id, str) and is_stored_order_id(order_id) else None


def reason(response: httpx.Response) -> str:
    """Return the status and the error of a response, without personal data."""
    body = _body(response)
    texts = [body.get("error"), body.get("message")]
    errors = body.get("errors")
    if isinstance(errors, list):
        problems = [each for each in errors if isinstance(each, dict)]
        texts += [f"{each.get('field')}: {each.get('message')}" for each in problems]
    return " ".join([str(response.status_code), *(masked(text) for text in texts if text)])


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _access_key(outputs: Outputs) -> AccessKey:
    """Return the user's credentials; for a local stack, its own."""
    if outputs.aws_endpoint_url is not None:
        return local_key(outputs)
    credentials = boto3.Session(region_name=outputs.region).get_credentials()
    frozen = credentials and credentials.get_frozen_credentials()
    if not frozen or not frozen.access_key or not frozen.secret_key:
        raise UserError("There are no AWS credentials to sign the order with (auth: iam).")
    return AccessKey(
        access_key_id=frozen.access_key,
        secret_access_key=frozen.secret_key,
        session_token=frozen.token,
    )


def _api_key(target: Stack) -> str:
    """Read the first key of the API's usage plan; the stack outputs are secret."""
    gateway, api_id = target.client("apigateway"), target.outputs.api_id
    plans = (
        plan["id"]
        for page in gateway.get_paginator("get_usage_plans").paginate()
        for plan in page["items"]
        if any(stage.get("apiId") == api_id for stage in plan.get("apiStages", []))
    )
    keys = (
        key["id"]
        for plan in plans
        for page in gateway.get_paginator("get_usage_plan_keys").paginate(usagePlanId=plan)
        for key in page["items"]
    )
    if (key_id := next(keys, None)) is None:
        raise UserError(f"The API {api_id} has no usage plan with an API key; use --credentials.")
    return str(gateway.get_api_key(apiKey=key_id, includeValue=True)["value"])
