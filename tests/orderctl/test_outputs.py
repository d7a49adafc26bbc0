"""How a stack is found: by the Pulumi CLI, by a file, or the running local stack."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from orderctl.stack import Outputs, connect, find_outputs
from tooling.errors import UserError
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
    """A fake Pulumi CLI that records its arguments and prints the file `outputs`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "outputs").write_text(json.dumps(_OUTPUTS))
    script = '#!/bin/sh\nprintf "%s\\n" "$PWD" "$@" > "$0.called"\nexec cat "${0%/*}/outputs"\n'
    (folder / "pulumi").write_text(script)
    (folder / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_a_pulumi_stack(pulumi: Path, tmp_path: Path) -> None:
    """The Pulumi CLI runs in the project's folder, without secrets and without prompts."""
    outputs = find_outputs(stack="dev; rm -rf /", file=None, root=tmp_path)

    assert outputs.region == "eu-west-1"
    assert (pulumi / "pulumi.called").read_text().splitlines() == [
        str(tmp_path),
        "stack",
        "output",
        "--json",
        "--non-interactive",
        "--stack=dev; rm -rf /",
    ]


def test_an_unknown_pulumi_stack(pulumi: Path, tmp_path: Path) -> None:
    """An error of the Pulumi CLI is reported in one sentence."""
    (pulumi / "pulumi").write_text("#!/bin/sh\necho 'error: no stack named none' >&2; exit 255\n")

    with pytest.raises(
        UserError, match=r"outputs of the stack 'none': error: no stack named none$"
    ):
        find_outputs(stack="none", file=None, root=tmp_path)


def test_a_pulumi_stack_without_a_deployment(pulumi: Path, tmp_path: Path) -> None:
    """A stack that was created and never deployed has no outputs, which the sentence says."""
    (pulumi / "outputs").write_text("{}\n")

    with pytest.raises(UserError, match=r"^The stack 'dev' is not deployed yet: 'make deploy "):
        find_outputs(stack="dev", file=None, root=tmp_path)


def test_without_the_pulumi_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the Pulumi CLI, --stack fails and advises --outputs."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UserError, match="is not installed; use --outputs"):
        find_outputs(stack="dev", file=None)


def test_a_file_or_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs are read from a file or from standard input."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(_OUTPUTS))
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(_OUTPUTS)))

    assert (
        find_outputs(stack=None, file=str(file))
        == find_outputs(stack=None, file="-")
        == Outputs.model_validate(_OUTPUTS)
    )


def test_the_running_local_stack(tmp_path: Path) -> None:
    """Without options the running local stack is used; the error without one lists the options."""
    with pytest.raises(UserError, match=r"--stack NAME.*--outputs FILE.*'make local'"):
        find_outputs(stack=None, file=None, root=tmp_path)
    with RunningStack(tmp_path).lock():
        RunningStack(tmp_path).publish({**_OUTPUTS, "awsEndpointUrl": "http://127.0.0.1:1"})
        assert (
            find_outputs(stack=None, file=None, root=tmp_path).aws_endpoint_url
            == "http://127.0.0.1:1"
        )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "the document: Invalid JSON"),
        ("[]", "the document: Input should be an object"),
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
def test_invalid_outputs(tmp_path: Path, content: str, error: str) -> None:
    """The error about an invalid file is one line without the file's content."""
    file = tmp_path / "outputs.json"
    file.write_text(content)

    with pytest.raises(UserError) as raised:
        find_outputs(stack=None, file=str(file))

    expected = f"outputs.json does not hold a stack's outputs as JSON: {error}"
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file(tmp_path: Path) -> None:
    """The error about a missing file holds its name."""
    with pytest.raises(UserError, match=r"nowhere\.json cannot be read"):
        find_outputs(stack=None, file=str(tmp_path / "nowhere.json"))


def test_the_credentials_of_a_local_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """A local stack is reached at its own endpoint with its own credentials alone."""
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
    requests: list[Any] = []

    def respond(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 200, HTTPHeaders(), io.BytesIO(b"{}"))

    for service in ("sqs", "lambda", "dynamodbstreams"):
        client = stack.client(service)
        client.meta.events.register("before-send", respond)
    stack.client("lambda").invoke(FunctionName="relay")

    (request,) = requests
    assert request.url.startswith("http://127.0.0.1:1/")
    assert b"Credential=AKIALOCAL/" in request.headers["Authorization"]


def test_a_local_stack_needs_its_access_key() -> None:
    """Outputs with an endpoint and no access key are an error."""
    with pytest.raises(
        UserError, match="need awsAccessKeyId and awsSecretAccessKey beside awsEndpointUrl"
    ):
        connect(Outputs.model_validate({**_OUTPUTS, "awsEndpointUrl": "http://127.0.0.1:1"}))


def test_the_secret_is_not_shown() -> None:
    """The representation of the outputs, as in a traceback, does not hold the secret."""
    assert "of-this-run" not in repr(
        Outputs.model_validate({**_OUTPUTS, "awsSecretAccessKey": "of-this-run"})
    )
