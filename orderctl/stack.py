"""A deployed stack: its outputs, from Pulumi, a file or the local stack, and its AWS clients."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import boto3
from botocore.config import Config
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from orderctl.cli_support import WRONG_USAGE, Settings
from tooling.clients import ClientFactory, Clients, session_clients
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.running import RunningStack
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import typer

_PROJECT_FILE = "Pulumi.yaml"

_CALLS = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4}
)
# The relay may take its 60 seconds. `relay.py` decides about retries.
_INVOCATIONS = Config(
    connect_timeout=5, read_timeout=75, retries={"mode": "standard", "total_max_attempts": 1}
)


class _Outputs(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, frozen=True, extra="ignore"
    )


class FunctionNames(_Outputs):
    """The functions that are invoked or whose logs are read, by the names of their packages."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, str]

    relay: str
    email: str

    @property
    def all(self) -> dict[str, str]:
        """The names of all functions."""
        return {"relay": self.relay, "email": self.email, **self.__pydantic_extra__}

    def of(self, package: str) -> str | None:
        """Return the name of a function; None where the stack has none of this package."""
        return self.all.get(package)


class CanarySteps(_Outputs):
    """The configuration key `canary`; without it, there are no steps."""

    steps: list[int] = []
    bake_minutes: float = 0


class Outputs(_Outputs):
    """The stack outputs that are used; only a local stack has an endpoint and its access key.

    What may be None, orderctl does not need; the smoke test does.
    """

    aws_endpoint_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    account_id: str
    region: str
    auth: str | None = None
    orders_url: str | None = None
    domain_target: str | None = None
    api_id: str | None = None
    storefront_url: str | None = None
    email_transport: str | None = None
    email_from: str | None = None
    orders_table_name: str
    orders_stream_arn: str
    audit_table_name: str
    sent_emails_table_name: str
    queue_urls: dict[str, str]
    dead_letter_queue_urls: dict[str, str]
    function_names: FunctionNames
    function_versions: dict[str, str] = {}
    canary: CanarySteps = CanarySteps()
    alarm_topic_arns: dict[str, str] = {}

    @property
    def packages(self) -> dict[str, str]:
        """The package of the function behind each queue, by the queue's name."""
        # A workflow's queue is named after its function; only the order queue is not.
        return {queue: "processor" if queue == "orders" else queue for queue in self.queue_urls}

    @property
    def workflows(self) -> dict[str, str]:
        """The function behind each queue, by the queue's name, as far as the outputs name it."""
        functions = {
            queue: self.function_names.of(package) for queue, package in self.packages.items()
        }
        return {queue: function for queue, function in functions.items() if function is not None}

    @property
    def is_queued(self) -> bool:
        """Whether orders wait in a queue before they are stored."""
        return "orders" in self.queue_urls


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack's outputs, a client for each service, and how its services are called."""

    outputs: Outputs
    client: ClientFactory
    polling_seconds: int = 0
    """How long a queue is polled before it counts as empty."""
    visibility_seconds: int = 300
    """How long a received dead letter is hidden from other consumers, at most.

    A killed run leaves its messages hidden for that long. A queue that takes longer to read
    returns its first messages again, which are known by then.
    """
    relay_batch_records: int = 100
    """The most records of one invocation of the relay, as in the event source mapping."""
    log_pages: int = 200
    """How many pages of a log are read; a page of a busy log may hold no match."""

    def dead_letter_queue_url(self, queue: str) -> str:
        """Return the URL of a dead-letter queue by the name of its work queue, or `relay`."""
        urls = self.outputs.dead_letter_queue_urls
        if queue not in urls:
            raise UserError(
                f"Unknown queue '{queue}'; must be one of: {', '.join(sorted(urls))}.",
                exit_code=WRONG_USAGE,
            )
        return urls[queue]


def from_options(context: typer.Context, stack: str | None, outputs_file: str | None) -> Stack:
    """Connect to the stack that --stack or --outputs names, or else to the running local one."""
    connect_to = context.ensure_object(Settings).connect or connect
    return connect_to(find_outputs(stack=stack, file=outputs_file))


def aws_clients(region: str) -> ClientFactory:
    """Return clients with the user's own credentials."""
    return session_clients(
        boto3.Session(region_name=region),
        lambda service: _INVOCATIONS if service == "lambda" else _CALLS,
    )


def connect(
    outputs: Outputs,
    clients: Callable[[str], ClientFactory] = aws_clients,
    # Long polling asks every server of a queue; short polling does not.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
    polling_seconds: int = 1,
) -> Stack:
    """Return the stack that these outputs describe.

    A local stack is reached at its own endpoint with its own credentials, whatever the user's AWS
    settings are; any other with the user's credentials, which must be for its account.
    """
    if outputs.aws_endpoint_url is not None:
        local = Clients(outputs.aws_endpoint_url, local_key(outputs))
        return Stack(outputs=outputs, client=local.get)
    client = clients(outputs.region)
    account = client("sts").get_caller_identity()["Account"]
    if account != outputs.account_id:
        raise UserError(
            f"The credentials are for account {account}, the stack is in {outputs.account_id}."
        )
    return Stack(outputs=outputs, client=client, polling_seconds=polling_seconds)


def local_key(outputs: Outputs) -> AccessKey:
    """Return the access key of a local stack."""
    if outputs.aws_access_key_id is None or outputs.aws_secret_access_key is None:
        raise UserError(
            "A local stack's outputs need awsAccessKeyId and awsSecretAccessKey beside "
            "awsEndpointUrl."
        )
    return AccessKey(
        access_key_id=outputs.aws_access_key_id,
        secret_access_key=outputs.aws_secret_access_key.get_secret_value(),
    )


def find_outputs(*, stack: str | None, file: str | None, root: Path | None = None) -> Outputs:
    """Return the outputs of a Pulumi stack, of a file, or else of the running local stack."""
    if stack is not None and file is not None:
        raise UserError("Use either --stack or --outputs, not both.", exit_code=WRONG_USAGE)
    root = root or _project_root()
    if stack is not None:
        if (outputs := deployed_outputs(stack, root)) is None:
            raise UserError(
                f"The stack '{stack}' is not deployed yet: 'make deploy STACK={stack}' deploys it."
            )
        return outputs
    if file is not None:
        return _parse(_from_file(file), "standard input" if file == "-" else file)
    return _from_running_stack(root)


def deployed_outputs(stack: str, root: Path | None = None) -> Outputs | None:
    """Return the outputs of a Pulumi stack; None before its first deployment."""
    text = _from_pulumi(stack, root or _project_root())
    return None if text.strip() == "{}" else _parse(text, f"the outputs of the stack '{stack}'")


def _project_root() -> Path:
    """Return the checkout of this code, or, where it is installed, the one around the user."""
    here = Path.cwd()
    return next(
        (folder for folder in (ROOT, here, *here.parents) if (folder / _PROJECT_FILE).exists()),
        here,
    )


def _from_pulumi(stack: str, root: Path) -> str:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise UserError("--stack needs the Pulumi CLI, which is not installed; use --outputs.")
    return read_with_cli([pulumi, "stack", "output"], stack, "the outputs", root)


def read_with_cli(command: Sequence[str], stack: str, what: str, root: Path) -> str:
    """Return the JSON that a command of the Pulumi CLI prints about a stack.

    Raises:
        UserError: the command failed; the sentence names `what` it reads.
    """
    process = subprocess.run(  # noqa: S603 (no shell, and the name cannot become an option)
        [*command, "--json", "--non-interactive", f"--stack={stack}"],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if process.returncode:
        reason = " ".join(process.stderr.split()) or "no message"
        raise UserError(f"The Pulumi CLI cannot read {what} of the stack '{stack}': {reason}")
    return process.stdout


def _from_file(file: str) -> str:
    if file == "-" and sys.stdin is None:
        raise UserError("Standard input is closed.")
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error


def _from_running_stack(root: Path) -> Outputs:
    try:
        text = json.dumps(RunningStack(root).outputs())
    except UserError as error:
        raise UserError(
            "No local stack is running. Name a stack with --stack NAME or --outputs FILE, or start "
            "a local one with 'make local'."
        ) from error
    except (OSError, TypeError, ValueError) as error:
        raise UserError(f"The running local stack's outputs cannot be read: {error}") from error
    return _parse(text, "the running local stack's outputs")


def _parse(text: str, source: str) -> Outputs:
    try:
        return Outputs.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"]) or "the document"
        raise UserError(
            f"{source} does not hold a stack's outputs as JSON: {path}: {first['msg']}."
        ) from error
