"""Callers of an API with an AWS identity of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tooling.signing import REGION

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator


def user(emulator: Emulator, *statements: dict[str, Any]) -> Credentials:
    """The keys of a new user who may do this and nothing else."""
    iam, name = emulator.client("iam"), f"caller-{uuid4()}"
    iam.create_user(UserName=name)
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="only", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def get(url: str, credentials: Credentials) -> httpx.Response:
    """A signed request."""
    return httpx.get(url, headers=signed("GET", url, credentials), trust_env=False, timeout=30)


def signed(
    method: str, url: str, credentials: Credentials, body: str | None = None
) -> dict[str, str]:
    """The headers that prove who sends a request."""
    request = AWSRequest(method=method, url=url, data=body)
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    return dict(request.headers)
