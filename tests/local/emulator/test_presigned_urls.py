"""Presigned URLs and the signatures of S3 on the running emulator."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tooling.signing import REGION

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator

_FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def client(emulator: Emulator) -> Any:
    """A client of S3 that presigns URLs with Signature Version 4."""
    key: Any = emulator.key.client_arguments
    config = Config(signature_version="s3v4")
    return boto3.client("s3", endpoint_url=emulator.url, region_name=REGION, config=config, **key)


def test_signed_urls_work_until_they_expire(emulator: Emulator) -> None:
    """A signature in the query string is verified, and is valid until it expires."""
    key = Credentials(emulator.key.access_key_id, emulator.key.secret_access_key)

    def signed(url: str, expires: int) -> str:
        request = AWSRequest(method="GET", url=url)
        SigV4QueryAuth(key, "sqs", REGION, expires=expires).add_auth(request)
        return str(request.url)

    good = signed(f"{emulator.url}/?Action=ListQueues&Version=2012-11-05", 60)
    assert httpx.get(good, trust_env=False).status_code == 200
    for bad in (
        good.replace("ListQueues", "DeleteQueue"),
        good.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
        good + "&X-Amz-Expires=600",
        good.replace("X-Amz-Credential", "x-amz-credential"),
        signed(f"{emulator.url}/?Action=ListQueues", 8 * 24 * 3600),
    ):
        assert httpx.get(bad, trust_env=False).status_code == 403, bad
    brief = signed(f"{emulator.url}/?Action=ListQueues", 1)
    time.sleep(2)  # the format counts in whole seconds
    assert httpx.get(brief, trust_env=False).status_code == 403


def test_s3_clients_work(emulator: Emulator, client: Any) -> None:
    """S3 signs paths, bodies and URLs differently."""
    s3, name = emulator.client("s3"), f"bucket-{uuid4()}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a b/$c.txt", Body=b"content")
    url = client.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "a b/$c.txt"})
    assert httpx.get(url, trust_env=False).content == b"content"
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        _changed_body(emulator, name)


def _changed_body(emulator: Emulator, bucket: str) -> None:
    def change(request: Any, **_: Any) -> None:
        request.body = b"another"

    settings: Any = emulator.key.client_arguments
    client = boto3.client("s3", endpoint_url=emulator.url, region_name=REGION, **settings)
    client.meta.events.register("before-send", change)
    client.put_object(Bucket=bucket, Key="changed", Body=b"content")


def test_unsigned_bodies_are_for_s3_alone(emulator: Emulator) -> None:
    """A signature without the body is accepted for S3 alone."""
    key = Credentials(emulator.key.access_key_id, emulator.key.secret_access_key)
    for service, status in (("s3", 404), ("sqs", 403)):
        request = AWSRequest(method="GET", url=f"{emulator.url}/no-such-bucket-{uuid4()}")
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        SigV4Auth(key, service, REGION).add_auth(request)
        assert (
            httpx.get(str(request.url), headers=dict(request.headers), trust_env=False).status_code
            == status
        )


@pytest.mark.parametrize(
    ("method", "operation", "header", "value"),
    [
        ("GET", "get_object", "X-Amz-Target", "DynamoDB_20120810.ListTables"),
        ("PUT", "put_object", "X-Amz-Target", "secretsmanager.ListSecrets"),
        ("PUT", "put_object", "x-amz-target", "AmazonSQS.ListQueues"),
        ("PUT", "put_object", "X-Amz-Copy-Source", "/another/object"),
        ("GET", "get_object", "X-Amz-Date", "20260115T100000Z"),
    ],
)
def test_a_signed_url_is_for_what_it_was_signed_for(
    client: Any, method: str, operation: str, header: str, value: str
) -> None:
    """A URL that is signed for an object gives access to no other service or object by a header."""
    name = f"bucket-{uuid4()}"
    client.create_bucket(Bucket=name)
    url = client.generate_presigned_url(operation, Params={"Bucket": name, "Key": "a"})
    headers = {"Content-Type": "application/x-amz-json-1.0", header: value}
    response = httpx.request(
        method, url, content=b"{}", headers=headers, trust_env=False, timeout=30
    )
    assert (response.status_code, header.lower() in response.text) == (403, True)


def test_an_unsigned_form_chooses_no_service(emulator: Emulator, client: Any) -> None:
    """With a URL that is signed for an object, a form calls no action of another service."""
    url = client.generate_presigned_url(
        "create_multipart_upload", Params={"Bucket": "any-bucket", "Key": "a"}
    )
    name = f"user-{uuid4()}"
    form = f"Action=CreateUser&Version=2010-05-08&UserName={name}"
    response = httpx.post(
        url, content=form, headers={"Content-Type": _FORM}, trust_env=False, timeout=30
    )
    assert response.status_code == 403
    assert name not in {user["UserName"] for user in emulator.client("iam").list_users()["Users"]}
