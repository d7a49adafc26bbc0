"""Every fault that is worked around is still there, and its rewrite works around it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from local.deployment.workarounds import WORKAROUNDS, rewrite_policy
from tooling.root import ROOT
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.emulator import Emulator

    Call = Callable[["Caller"], object]

_DOCS = ROOT / "docs" / "emulator.md"
_TRUST = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True)
class Caller:
    """A caller with a role, and the resources that it calls."""

    session: boto3.Session
    url: str
    topic: str
    queue: str

    def client(self, service: str) -> Any:
        """A client with the role's credentials."""
        make: Callable[..., Any] = self.session.client
        return make(service, endpoint_url=self.url)


@dataclass(frozen=True)
class Case:
    """A workaround, and a call that a statement allows on AWS."""

    name: str
    statement: dict[str, Any]
    call: Call


def _publish_batch(caller: Caller) -> object:
    return caller.client("sns").publish_batch(
        TopicArn=caller.topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "m"}]
    )


def _send_batch(caller: Caller) -> object:
    return caller.client("sqs").send_message_batch(
        QueueUrl=caller.queue, Entries=[{"Id": "1", "MessageBody": "m"}]
    )


def _delete_batch(caller: Caller) -> object:
    return caller.client("sqs").delete_message_batch(
        QueueUrl=caller.queue, Entries=[{"Id": "1", "ReceiptHandle": "r"}]
    )


def _visibility_batch(caller: Caller) -> object:
    return caller.client("sqs").change_message_visibility_batch(
        QueueUrl=caller.queue, Entries=[{"Id": "1", "ReceiptHandle": "r", "VisibilityTimeout": 0}]
    )


def _insert_batch(caller: Caller) -> object:
    return caller.client("dynamodb").batch_execute_statement(
        Statements=[{"Statement": "INSERT INTO t VALUE {'k': ?}", "Parameters": [{"S": "v"}]}]
    )


def _send_email(caller: Caller) -> object:
    return caller.client("sesv2").send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["jane@example.com"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    )


_IDENTITY = "arn:aws:ses:us-east-1:000000000000:identity/shop@example.com"
CASES = [
    Case("sns-publish-batch", {"Action": "sns:Publish", "Resource": "*"}, _publish_batch),
    Case("sqs-batches", {"Action": "sqs:SendMessage", "Resource": "*"}, _send_batch),
    Case("sqs-batches", {"Action": ["sqs:DeleteMessage"], "Resource": "*"}, _delete_batch),
    Case(
        "sqs-batches", {"Action": "sqs:ChangeMessageVisibility", "Resource": "*"}, _visibility_batch
    ),
    Case(
        "dynamodb-partiql-batch",
        {"Action": "dynamodb:PartiQLInsert", "Resource": "arn:aws:dynamodb:*:*:table/t"},
        _insert_batch,
    ),
    Case("ses-send-email", {"Action": "ses:SendEmail", "Resource": _IDENTITY}, _send_email),
]


@pytest.fixture
def caller_with(emulator: Emulator) -> Callable[[str], Caller]:
    """Creates a caller whose role has one policy."""
    iam, sts = emulator.client("iam"), emulator.client("sts")
    topic = emulator.client("sns").create_topic(Name="workarounds")["TopicArn"]
    queue = emulator.client("sqs").create_queue(QueueName="workarounds")["QueueUrl"]
    ses = emulator.client("sesv2")
    if "shop@example.com" not in [
        i["IdentityName"] for i in ses.list_email_identities()["EmailIdentities"]
    ]:
        ses.create_email_identity(EmailIdentity="shop@example.com")

    def make(policy: str) -> Caller:
        name = f"caller-{uuid4()}"
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(_TRUST))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=policy)
        keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
        session = boto3.Session(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION
        )
        return Caller(session, emulator.url, topic, queue)

    return make


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{case.call.__name__}")
def test_emulator_still_denies_what_aws_allows(
    case: Case, caller_with: Callable[[str], Caller]
) -> None:
    """Once this fails, the emulator has no such fault, and the workaround can be removed."""
    with pytest.raises(ClientError, match=r"(?i)not authorized|AccessDenied"):
        case.call(caller_with(_policy({"Effect": "Allow", **case.statement})))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{case.call.__name__}")
def test_rewritten_policy_allows_it(case: Case, caller_with: Callable[[str], Caller]) -> None:
    """The rewritten policy allows the call, as on AWS."""
    case.call(caller_with(rewrite_policy(_policy({"Effect": "Allow", **case.statement}))))


def test_emulator_still_denies_plain_http_under_a_tls_only_policy(emulator: Emulator) -> None:
    """A queue that requires TLS accepts nothing here, unless its policy is rewritten."""
    sqs = emulator.client("sqs")
    policy = _policy(*_tls_only())
    locked = sqs.create_queue(QueueName="tls-only", Attributes={"Policy": policy})["QueueUrl"]
    usable = sqs.create_queue(QueueName="rewritten", Attributes={"Policy": rewrite_policy(policy)})[
        "QueueUrl"
    ]
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.send_message(QueueUrl=locked, MessageBody="m")
    sqs.send_message(QueueUrl=usable, MessageBody="m")


def test_every_workaround_has_a_case() -> None:
    """A test checks for every rewrite whether it is still needed."""
    assert {workaround.name for workaround in WORKAROUNDS} == {case.name for case in CASES} | {
        "tls-only"
    }


def test_every_workaround_is_documented() -> None:
    """docs/emulator.md names each of them."""
    text = _DOCS.read_text(encoding="utf-8")
    assert [
        workaround.name for workaround in WORKAROUNDS if f"`{workaround.name}`" not in text
    ] == []


def test_nothing_else_is_touched() -> None:
    """A policy without a workaround is unchanged."""
    policy = _policy(
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:t"},
        {"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"},
    )
    assert json.loads(rewrite_policy(policy)) == json.loads(policy)


def test_a_split_statement_keeps_the_other_actions_as_they_were() -> None:
    """The other actions of the statement keep their resources."""
    statement = {
        "Sid": "Mail",
        "Effect": "Allow",
        "Action": ["ses:SendEmail", "sqs:GetQueueUrl"],
        "Resource": "arn:q",
    }
    rewritten = json.loads(rewrite_policy(_policy(statement)))["Statement"]
    assert rewritten == [
        {"Sid": "Mail", "Effect": "Allow", "Action": ["sqs:GetQueueUrl"], "Resource": "arn:q"},
        {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"},
    ]


def _tls_only() -> tuple[dict[str, Any], dict[str, Any]]:
    everyone = {"Principal": "*", "Action": "sqs:*", "Resource": "*"}
    return (
        {"Effect": "Allow", **everyone},
        {"Effect": "Deny", **everyone, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    )


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
