"""How the tool finds a stack: by the Pulumi CLI, by a file, or the local one that runs."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from orderctl.errors import OperatorError
from orderctl.outputs import Outputs, find
from orderctl.stack import connect
from tooling.running import RunningStack

if TYPE_CHECKING:
    from pathlib import Path

_OUTPUTS = {
    "accountId": "123456789012",
    "region": "eu-west-1",
    "ordersTableName": "orders",
    "ordersStreamArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/1",
    "auditTableName": "audit",
    "sentEmailsTableName": "sent",
    "queueUrls": {"email": "https://q"},
    "deadLetterQueueUrls": {"email": "https://d"},
    "functionNames": {"relay": "relay", "email": "email", "audit": "audit"},
    "somethingElse": [1],
}


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Pulumi CLI that writes down how it was called and prints what the test has put into `answer`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "answer").write_text(json.dumps(_OUTPUTS))
    script = '#!/bin/sh\nprintf "%s\\n" "$PWD" "$@" > "$0.called"\nexec cat "${0%/*}/answer"\n'
    (folder / "pulumi").write_text(script)
    (folder / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_a_stack_of_pulumis(pulumi: Path, tmp_path: Path) -> None:
    """The Pulumi CLI is asked in the project's folder for the outputs without secrets, never for an answer."""
    found = find(stack="dev; rm -rf /", file=None, root=tmp_path)

    assert found.region == "eu-west-1"
    assert (pulumi / "pulumi.called").read_text().splitlines() == [
        str(tmp_path),
        "stack",
        "output",
        "--json",
        "--non-interactive",
        "--stack=dev; rm -rf /",
    ]


def test_a_stack_that_pulumi_does_not_know(pulumi: Path, tmp_path: Path) -> None:
    """What the Pulumi CLI says against a stack is passed on in one sentence."""
    (pulumi / "pulumi").write_text("#!/bin/sh\necho 'error: no stack named none' >&2; exit 255\n")

    with pytest.raises(
        OperatorError, match=r"outputs of the stack 'none': error: no stack named none$"
    ):
        find(stack="none", file=None, root=tmp_path)


def test_without_the_pulumi_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Pulumi CLI, a sentence says so, and how to do without."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(OperatorError, match="is not installed; --outputs FILE does without it"):
        find(stack="dev", file=None)


def test_a_file_or_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs can be in a file, or come in through a pipe."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(_OUTPUTS))
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(_OUTPUTS)))

    assert (
        find(stack=None, file=str(file))
        == find(stack=None, file="-")
        == Outputs.model_validate(_OUTPUTS)
    )


def test_the_running_local_stack(tmp_path: Path) -> None:
    """Without a word it is the local stack that runs; when none does, a sentence names the three ways."""
    with pytest.raises(OperatorError, match=r"--stack NAME.*--outputs FILE.*'make local'"):
        find(stack=None, file=None, root=tmp_path)
    with RunningStack(tmp_path).lock():
        RunningStack(tmp_path).publish({**_OUTPUTS, "awsEndpointUrl": "http://127.0.0.1:1"})
        assert find(stack=None, file=None, root=tmp_path).aws_endpoint_url == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the whole: Invalid JSON"),
        ("[]", "the whole: Input should be an object"),
        ("{}", "accountId: Field required"),
        (json.dumps({**_OUTPUTS, "queueUrls": 7}), "queueUrls: Input should be an object"),
        (
            json.dumps({**_OUTPUTS, "functionNames": {"relay": "r"}}),
            "functionNames.email: Field required",
        ),
        (
            json.dumps({**_OUTPUTS, "awsEndpointUrl": "file:///etc"}),
            "awsEndpointUrl: String should match",
        ),
    ],
)
def test_what_is_no_outputs_is_refused(tmp_path: Path, content: str, said: str) -> None:
    """A file that holds something else is refused by what is wrong with it, on one line, without its content."""
    file = tmp_path / "outputs.json"
    file.write_text(content)

    with pytest.raises(OperatorError) as refused:
        find(stack=None, file=str(file))

    assert f"outputs.json is not a stack's outputs as JSON: {said}" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be read is named."""
    with pytest.raises(OperatorError, match=r"nowhere\.json cannot be read"):
        find(stack=None, file=str(tmp_path / "nowhere.json"))


def test_a_local_stack_is_asked_with_its_own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A local stack is reached at its own endpoint alone, and never sees the user's credentials."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_SECRET_ACCESS_KEY": "mine",
        "AWS_PROFILE": "mine",
    }.items():
        monkeypatch.setenv(name, value)
    key = {"awsAccessKeyId": "AKIALOCAL", "awsSecretAccessKey": "of-this-run"}
    stack = connect(
        Outputs.model_validate({**_OUTPUTS, "awsEndpointUrl": "http://127.0.0.1:1", **key})
    )
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, HTTPHeaders(), io.BytesIO(b"{}"))

    for service in ("sqs", "lambda", "dynamodbstreams"):
        client = stack.client(service)
        client.meta.events.register("before-send", answer)
    stack.client("lambda").invoke(FunctionName="relay")

    (request,) = sent
    assert request.url.startswith("http://127.0.0.1:1/")
    assert b"Credential=AKIALOCAL/" in request.headers["Authorization"]


def test_a_local_stack_needs_its_access_key() -> None:
    """Outputs with an endpoint and no key are refused in a sentence, and no other credentials are sent there."""
    with pytest.raises(
        OperatorError, match="need awsAccessKeyId and awsSecretAccessKey beside awsEndpointUrl"
    ):
        connect(Outputs.model_validate({**_OUTPUTS, "awsEndpointUrl": "http://127.0.0.1:1"}))


def test_the_secret_is_not_shown() -> None:
    """What the tool prints of its outputs, such as in a traceback, leaves the secret out."""
    assert "of-this-run" not in repr(
        Outputs.model_validate({**_OUTPUTS, "awsSecretAccessKey": "of-this-run"})
    )
