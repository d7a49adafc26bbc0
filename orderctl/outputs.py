"""Where a stack's resources are: its outputs, and the three ways to come by them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from orderctl.errors import WRONG_USAGE, OperatorError
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.running import RunningStack

_PROJECT_FILE = "Pulumi.yaml"


class _Outputs(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, frozen=True, extra="ignore"
    )


class FunctionNames(_Outputs):
    """The functions that an operator asks something of, or whose logs are read, by the names of their packages."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, str]

    relay: str
    email: str

    def of(self, package: str) -> str | None:
        """Return the name of a function; None where the stack has none of this package."""
        return {"relay": self.relay, "email": self.email, **self.__pydantic_extra__}.get(package)


class Outputs(_Outputs):
    """What is used of a stack's outputs; the endpoint and its access key are there for a local stack only."""

    aws_endpoint_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    account_id: str
    region: str
    orders_table_name: str
    orders_stream_arn: str
    audit_table_name: str
    sent_emails_table_name: str
    queue_urls: dict[str, str]
    dead_letter_queue_urls: dict[str, str]
    function_names: FunctionNames

    @property
    def workflows(self) -> dict[str, str]:
        """The function behind each queue, by the queue's name, as far as the outputs name it."""
        # A workflow's queue is named after its function; only the order queue is not.
        packages = {queue: "processor" if queue == "orders" else queue for queue in self.queue_urls}
        functions = {queue: self.function_names.of(package) for queue, package in packages.items()}
        return {queue: function for queue, function in functions.items() if function is not None}

    @property
    def is_queued(self) -> bool:
        """Whether orders wait in a queue before they are stored."""
        return "orders" in self.queue_urls


def find(*, stack: str | None, file: str | None, root: Path | None = None) -> Outputs:
    """Return the outputs of the stack that the operator means; without a word, of the running local one."""
    if stack is not None and file is not None:
        raise OperatorError("Use either --stack or --outputs, not both.", exit_code=WRONG_USAGE)
    root = root or _project()
    if stack is not None:
        return _parse(_from_pulumi(stack, root), f"the outputs of the stack '{stack}'")
    if file is not None:
        return _parse(_from_file(file), "standard input" if file == "-" else file)
    return _from_running_stack(root)


def _project() -> Path:
    """Return the project's folder: where this code lies, or, if it was installed, where the operator is."""
    here = Path.cwd()
    return next(
        (folder for folder in (ROOT, here, *here.parents) if (folder / _PROJECT_FILE).exists()),
        here,
    )


def _from_pulumi(stack: str, root: Path) -> str:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise OperatorError(
            "The Pulumi CLI, which --stack needs, is not installed; --outputs FILE does without it."
        )
    command = [pulumi, "stack", "output", "--json", "--non-interactive", f"--stack={stack}"]
    done = subprocess.run(  # noqa: S603 (no shell, and the name cannot become an option)
        command,
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = " ".join(done.stderr.split()) or "it said nothing"
        raise OperatorError(
            f"The Pulumi CLI does not give the outputs of the stack '{stack}': {said}"
        )
    return done.stdout


def _from_file(file: str) -> str:
    if file == "-" and sys.stdin is None:
        raise OperatorError("Standard input is closed.")
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{file} cannot be read: {error}") from error


def _from_running_stack(root: Path) -> Outputs:
    try:
        return _parse(json.dumps(RunningStack(root).outputs()), "the running local stack's outputs")
    except UserError as error:
        raise OperatorError(
            "Which stack? Name one with --stack NAME, give its outputs with --outputs FILE, or run a local one with "
            "'make local'."
        ) from error
    except (OSError, TypeError, ValueError) as error:
        raise OperatorError(f"The running local stack's outputs cannot be read: {error}") from error


def _parse(text: str, source: str) -> Outputs:
    try:
        return Outputs.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise OperatorError(
            f"{source} is not a stack's outputs as JSON: {where}: {first['msg']}."
        ) from error
