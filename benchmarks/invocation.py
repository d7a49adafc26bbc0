"""A Lambda function in a fresh interpreter, measured: import, first call, warm calls.

`benchmarks/process.py` starts `run` from the repository's root, with the function's variables in
the environment. What this module imports is no part of the figures, so it imports what Lambda's
runtime client imports anyway, and nothing else. Times are CPU time.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import sys
import time

from benchmarks.network import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TIMEOUT_MILLISECONDS = 60_000

# Warm calls that are not measured, until the interpreter has specialised its bytecode.
_UNMEASURED = 5

_numbers = itertools.count(1)


def run(file: str) -> None:
    """Run the job in a JSON file, and print its result as JSON.

    What the function logs goes to the job's `log`, another file.
    """
    with open(file, encoding="utf-8") as text:  # noqa: PTH123 (pathlib would be an import)
        job = json.load(text)
    results = os.dup(1)
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    result = {**measure(job), "logBytes": os.fstat(log).st_size}
    os.write(results, json.dumps(result).encode())


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Measure the `handler` in a `folder` with the JSON texts of a `first` and of `warm` events.

    With `runtimeClient`, Lambda's own runtime client is loaded first. With `recordBodies`, the
    bodies of all AWS calls are part of the result.
    """
    runtime_client = _load_runtime_client() if job["runtimeClient"] else None
    network = Network(records_bodies=job["recordBodies"])
    network.cut()
    # The bundle, in place of the repository, whose packages have the same names.
    sys.path[0] = job["folder"]
    os.chdir(job["folder"])
    first = json.loads(job["first"])
    warm = [json.loads(event) for event in job["warm"]]
    loaded = set(sys.modules)

    started = time.process_time()
    module, _, name = job["handler"].rpartition(".")
    handle = getattr(importlib.import_module(module), name)
    response = handle(first, _context(runtime_client))
    cold_seconds = time.process_time() - started

    modules = sorted(set(sys.modules) - loaded)
    for event in warm[:_UNMEASURED]:
        handle(event, _context(runtime_client))
    measured = [(event, _context(runtime_client)) for event in warm[_UNMEASURED:]]
    started = time.process_time()
    for event, context in measured:
        handle(event, context)
    warm_seconds = time.process_time() - started
    sys.stdout.flush()
    return {
        "coldSeconds": cold_seconds,
        "warmSeconds": warm_seconds / len(measured) if measured else None,
        "calls": dict(network.calls),
        "modules": modules,
        "bodies": network.bodies,
        "response": response,
    }


def _load_runtime_client() -> Any:
    """Load Lambda's runtime client, which sets up logging and makes standard output unbuffered."""
    from awslambdaric import bootstrap, lambda_context  # noqa: PLC0415 (not in every environment)

    bootstrap.init_logging()
    return lambda_context


def _context(runtime_client: Any) -> Any:
    """Return a context object; `request_id` is what one of the peers calls `aws_request_id`."""
    request_id = f"00000000-0000-4000-8000-{next(_numbers):012x}"
    if runtime_client is None:
        return _Context(request_id)
    deadline = int(time.time() * 1000) + _TIMEOUT_MILLISECONDS
    arn = os.environ["FUNCTION_ARN"]
    context = runtime_client.LambdaContext(request_id, None, None, deadline, arn)
    context.request_id = request_id
    return context


class _Context:
    """The attributes of Lambda's context object that handlers and libraries use."""

    function_name = function_version = "benchmark"
    memory_limit_in_mb = 512

    def __init__(self, request_id: str) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = os.environ["FUNCTION_ARN"]

    def get_remaining_time_in_millis(self) -> int:
        """The time until the timeout."""
        return _TIMEOUT_MILLISECONDS
