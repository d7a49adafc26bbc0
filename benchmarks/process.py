"""Runs a function in a fresh interpreter (`benchmarks/invocation.py`), and reads what it took."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from benchmarks.network import published_entries
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What Lambda sets itself. Nothing can be written below /var/task, so Python writes no bytecode.
_OF_LAMBDA: Final = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_SESSION_TOKEN": "benchmark",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
}

_RUN: Final = "import sys; from benchmarks.invocation import run; run(sys.argv[1])"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A function to measure, with the event of its first call and those of its warm calls."""

    name: str
    folder: Path
    handler: str
    variables: Mapping[str, str]
    events: Sequence[Mapping[str, Any]] = field(repr=False)
    orders_per_event: int = 1


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a function took: CPU seconds, AWS calls by operation, bytes that it logged.

    `warm_seconds` are those of one call, or None if there was no warm one. `calls` and `log_bytes`
    are those of one order, on average. Import and first call loaded the `modules`.
    """

    cold_seconds: float
    warm_seconds: float | None
    calls: Mapping[str, float]
    log_bytes: float
    modules: Sequence[str]
    bodies: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, result: Mapping[str, Any], *, orders: int) -> Self:
        """Return the measurement in the result of a process that handled so many orders."""
        return cls(
            cold_seconds=result["coldSeconds"],
            warm_seconds=result["warmSeconds"],
            calls={name: number / orders for name, number in result["calls"].items()},
            log_bytes=result["logBytes"] / orders,
            modules=result["modules"],
            bodies=[(operation, body) for operation, body in result["bodies"]],
        )

    def seconds(self, phase: str) -> float:
        """Return the CPU time of a phase, `cold` or `warm`.

        Raises:
            ValueError: it was not measured.
        """
        seconds = {"cold": self.cold_seconds, "warm": self.warm_seconds}[phase]
        if seconds is None:
            raise ValueError(f"There is no {phase} call")
        return seconds

    def sent(self, operation: str) -> list[Any]:
        """Return what was sent: items of PutItem, bodies of SendMessage or of PublishBatch."""
        bodies = [body for name, body in self.bodies if name == operation]
        if operation == "PublishBatch":
            return [entry["Message"] for body in bodies for entry in published_entries(body)]
        key = {"PutItem": "Item", "SendMessage": "MessageBody"}[operation]
        return [json.loads(body)[key] for body in bodies]


def measure(
    subject: Subject,
    python: Path,
    *,
    runtime_client: bool = True,
    record_bodies: bool = False,
    prefix: Sequence[str] = (),
) -> Measurement:
    """Measure a function in a process of its own.

    Args:
        subject: The function and its events.
        python: The interpreter.
        runtime_client: Whether to load Lambda's runtime client first.
        record_bodies: Whether the measurement has the bodies of AWS calls.
        prefix: A command that runs the interpreter, such as valgrind with its options.

    Raises:
        UserError: the process failed, or the function's response is an error.
    """
    first, *warm = (json.dumps(event) for event in subject.events)
    job = {
        "folder": str(subject.folder),
        "handler": subject.handler,
        "first": first,
        "warm": warm,
        "runtimeClient": runtime_client,
        "recordBodies": record_bodies,
    }
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "job.json"
        file.write_text(json.dumps({**job, "log": f"{scratch}/log"}), encoding="utf-8")
        process = subprocess.run(  # noqa: S603 (a module of this package)
            [*prefix, python, "-c", _RUN, file],
            cwd=ROOT,
            env=_environment(subject),
            capture_output=True,
            text=True,
            check=False,
        )
    if process.returncode != 0:
        raise UserError(f"{subject.name} failed: {process.stderr.strip() or process.returncode}")
    result = json.loads(process.stdout)
    if not _succeeded(result["response"]):
        raise UserError(f"{subject.name} responded with an error: {result['response']}")
    return Measurement.of(result, orders=len(subject.events) * subject.orders_per_event)


def _environment(subject: Subject) -> dict[str, str]:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{subject.name}:live"
    own = {
        "AWS_LAMBDA_FUNCTION_NAME": subject.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{subject.name}",
        "LAMBDA_TASK_ROOT": str(subject.folder),
        "FUNCTION_ARN": arn,
    }
    return {**_OF_LAMBDA, **own, **subject.variables}


def _succeeded(response: Any) -> bool:
    """Whether a function that has a client, or returns failed messages, reports success."""
    if response is None:
        return True
    status = response.get("statusCode", HTTPStatus.OK)
    return status in {HTTPStatus.OK, HTTPStatus.ACCEPTED} and not response.get("batchItemFailures")
