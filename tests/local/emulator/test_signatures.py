"""The running emulator accepts its root key, the keys that it has issued, and no other key."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local.support import sample
from tests.support.processes import started_with
from tooling.signing import REGION, AccessKey, SignatureAuth

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.emulator import Emulator

_LIST = b"Action=ListQueues&Version=2012-11-05"
_IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"
# A function that returns its keys.
_KEYS = """
import os
def handler(event, context):
    return {
        "access_key": os.environ["AWS_ACCESS_KEY_ID"],
        "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"],
        "token": os.environ["AWS_SESSION_TOKEN"],
    }
"""
_FORM = "application/x-www-form-urlencoded"


def _request(emulator: Emulator, service: str = "sqs", **key: str) -> dict[str, Any]:
    """Return a signed request for the list of queues; `key` replaces parts of the root key."""
    names = {
        "access_key": emulator.key.access_key_id,
        "secret_key": emulator.key.secret_access_key,
        **key,
    }
    request = AWSRequest(
        method="POST", url=emulator.url + "/", data=_LIST, headers={"Content-Type": _FORM}
    )
    SigV4Auth(Credentials(**names), service, REGION).add_auth(request)
    return {
        "method": "POST",
        "url": emulator.url + "/",
        "content": _LIST,
        "headers": dict(request.headers),
    }


def _status(request: dict[str, Any]) -> int:
    return httpx.request(**request, trust_env=False, timeout=30).status_code


def test_a_signed_request_is_accepted(emulator: Emulator) -> None:
    """The request that the other tests change is valid."""
    assert _status(_request(emulator)) == 200


def _later(request: dict[str, Any], minutes: int) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    request["headers"]["X-Amz-Date"] = moment.strftime("%Y%m%dT%H%M%SZ")


def _replace(header: str, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(request: dict[str, Any]) -> None:
        before = request["headers"][header]
        request["headers"][header] = before.replace(old, new)
        assert request["headers"][header] != before

    return change


def _twice(request: dict[str, Any]) -> None:
    headers = request["headers"]
    request["headers"] = [*headers.items(), ("Authorization", headers["Authorization"])]


def _with(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda request: request.update(changes)


def _header(name: str, value: str) -> Callable[[dict[str, Any]], None]:
    return lambda request: request["headers"].update({name: value})


@pytest.mark.parametrize(
    "change",
    [
        _with(content=b"Action=ListQueues&Version=2012-11-05&QueueNamePrefix=x"),
        _with(method="PUT"),
        _header("X-Amz-Date", "yesterday"),
        _header("X-Amz-Content-SHA256", hashlib.sha256(b"another").hexdigest()),
        _header("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
        _header("X-Amz-Security-Token", "token"),
        _header("Authorization", "Bearer token"),
        _header("Authorization", "Basic dGVzdDp0ZXN0"),
        _header("Authorization", "AWS test:signature"),
        _header("Authorization", ""),
        _replace("Authorization", "Signature=", "Signature=0"),
        _replace("Authorization", "host;", ""),
        _replace("Authorization", "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        _replace(
            "Authorization",
            "Credential=",
            "Credential=test/20260101/us-east-1/sqs/aws4_request, Credential=",
        ),
        _replace("Authorization", "/sqs/", "/sns/"),
        lambda request: _later(request, 16),
        lambda request: _later(request, -16),
        _twice,
        lambda request: request.update(
            url=request["url"] + "?X-Amz-Credential=test/20260101/us-east-1/sqs/aws4_request"
        ),
        lambda request: request.update(url=request["url"] + "?AWSAccessKeyId=test"),
        lambda request: request.update(url=request["url"] + "?QueueNamePrefix=x"),
    ],
)
def test_a_changed_request_is_refused(
    emulator: Emulator, change: Callable[[dict[str, Any]], None]
) -> None:
    """A request that differs from the signed one, or has no valid signature, is refused."""
    request = _request(emulator)
    change(request)
    assert _status(request) == 403


@pytest.mark.parametrize(
    "key",
    [
        {"access_key": "test", "secret_key": "test"},
        {"access_key": "test"},
        {"access_key": "123456789012", "secret_key": "test"},
        {"access_key": "AKIAIOSFODNN7EXAMPLE"},
        {"secret_key": "wrong"},
        {"access_key": "ASIA0123456789ABCDEF", "secret_key": "x", "token": "y"},
    ],
    ids=lambda key: "-".join(key.values()),
)
def test_other_keys_are_refused(emulator: Emulator, key: dict[str, str]) -> None:
    """The emulator's built-in root keys and invented keys are refused."""
    assert _status(_request(emulator, **key)) == 403


@pytest.mark.parametrize(
    "path", ["/_ministack/health", "/_ministack/ses/messages", "/_localstack/health", "/health"]
)
def test_the_emulators_own_paths_need_the_key(emulator: Emulator, path: str) -> None:
    """The mailbox and the emulator's other paths accept signed requests alone."""
    assert httpx.get(emulator.url + path, trust_env=False).status_code == 403
    assert (
        httpx.get(
            emulator.url + path, trust_env=False, auth=SignatureAuth(emulator.key)
        ).status_code
        == 200
    )


def test_issued_keys_are_verified(emulator: Emulator) -> None:
    """An IAM user's key works with its own secret and with no other one."""
    iam, name = emulator.client("iam"), f"user-{uuid4()}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="list", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    own = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    assert _status(_request(emulator, **own)) == 200
    assert _status(_request(emulator, **{**own, "secret_key": "wrong"})) == 403
    holder = AccessKey(access_key_id=own["access_key"], secret_access_key=own["secret_key"])
    response = httpx.get(
        f"{emulator.url}/_ministack/ses/messages", trust_env=False, auth=SignatureAuth(holder)
    )
    assert response.status_code == 403


def test_a_roles_key_cannot_be_derived(emulator: Emulator) -> None:
    """The names of a function and its role do not reveal the function's temporary key."""
    iam, functions, name = emulator.client("iam"), emulator.client("lambda"), f"keys-{uuid4()}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(sample.TRUST))[
        "Role"
    ]["Arn"]
    arn = functions.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="keys.handler",
        Code={"ZipFile": _zip(_KEYS)},
    )["FunctionArn"]
    held = json.loads(functions.invoke(FunctionName=name)["Payload"].read())
    digest = hashlib.sha256(f"{arn}:{role}".encode()).hexdigest()
    derived = {
        "access_key": f"ASIA{digest[:16].upper()}",
        "secret_key": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "token": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }

    def identity(key: dict[str, str]) -> int:
        request = AWSRequest(
            method="POST", url=emulator.url + "/", data=_IDENTITY, headers={"Content-Type": _FORM}
        )
        SigV4Auth(Credentials(**key), "sts", REGION).add_auth(request)
        return httpx.post(
            emulator.url, content=_IDENTITY, headers=dict(request.headers), trust_env=False
        ).status_code

    assert identity(held) == 200
    assert identity(derived) == 403
    assert identity({**held, "token": "another"}) == 403
    assert identity({**held, "secret_key": "another"}) == 403


def _zip(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("keys.py", source)
    return content.getvalue()


def test_every_run_has_its_own_key() -> None:
    """Keys are random, in AWS's form, and their secrets are in no representation."""
    keys = [AccessKey.generate() for _ in range(20)]
    assert (
        len({key.secret_access_key for key in keys})
        == len({key.access_key_id for key in keys})
        == 20
    )
    assert all(len(key.access_key_id) == 20 and len(key.secret_access_key) == 40 for key in keys)
    assert all(key.secret_access_key not in repr(key) for key in keys)


def test_the_secret_is_in_no_argument_environment_or_file(emulator: Emulator) -> None:
    """Neither the processes' first environment nor the emulator's folder holds the secret."""
    secret = emulator.key.secret_access_key.encode()
    assert started_with(secret.decode()) == []
    assert secret not in json.dumps(emulator.environment()).encode()
    files = [path for path in emulator.directory.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if secret in path.read_bytes()]
