"""Execution environments of the emulated Lambda: the functions' processes, and their faults.

Each process has an access key of its own, so that the calls of one can be told from those of
another. Imported in the emulator's process alone.
"""

from __future__ import annotations

import secrets
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

from ministack.core import lambda_runtime
from ministack.core.arn import parse_arn
from ministack.services import lambda_svc, sts

from local.emulator.fault_injection import FaultTable, Hop
from local.emulator.process_logs import LoggedWorker

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

# What the emulator says about a process that has ended by itself.
_DIED = "Worker process died"
# Lambda's words for it, and the type of the error.
_EXITED = "Error: Runtime exited with error: "
EXIT = "Runtime.ExitError"
# The environment whose process this thread is starting.
_starting: ContextVar[Environment | None] = ContextVar("starting", default=None)
_by_access_key: WeakValueDictionary[str, Environment] = WeakValueDictionary()
_acquire_execution_slot = lambda_svc._acquire_execution_slot  # noqa: SLF001 (no public name)


class Environment(LoggedWorker):
    """A process of a function, in which faults of the function's invocations take effect."""

    table: ClassVar[FaultTable]
    process: subprocess.Popen[str] | None = None
    """The process, also when it has ended."""

    def invoke(self, event: object, request_id: str, **options: Any) -> dict[str, Any]:
        """Run an invocation; a process that ends meanwhile is reported as by Lambda."""
        hop = Hop(self.func_name)
        for pause in self.table.pauses(hop):
            time.sleep(pause)
        fault = self.table.get(hop)
        if fault is not None and fault.effect == "crash":
            self.kill()
            return self._exited(request_id, {"status": "error"})
        result: dict[str, Any] = super().invoke(event, request_id, **options)
        return self._exited(request_id, result) if result.get("error") == _DIED else result

    def end(self) -> None:
        """Kill the process while it runs an invocation."""
        if self.process is not None:
            self.process.kill()

    def _exited(self, request_id: str, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result of an invocation whose process ended, with Lambda's lines of log."""
        status = self.process.poll() if self.process else None
        reason = f"exit status {status}" if status is not None and status >= 0 else "signal: killed"
        error = f"RequestId: {request_id} {_EXITED}{reason}"
        return {**result, "error": error, "trace": f"{error}\n{EXIT}"}

    def _spawn(self) -> None:
        token = _starting.set(self)
        try:
            super()._spawn()
            self.process = self._proc
        finally:
            _starting.reset(token)


def install(table: FaultTable) -> None:
    """Make the emulator run functions in these environments, with the faults of a table."""
    Environment.table = table
    vars(lambda_runtime).update(Worker=Environment)
    for module in (lambda_runtime, lambda_svc):
        vars(module).update(execution_credentials=execution_credentials)
    vars(lambda_svc).update(_acquire_execution_slot=_slots(table))


def has_exited(error: str) -> bool:
    """Whether an invocation's error is that its process ended."""
    return _EXITED in error


def environment_of(access_key_id: str) -> Environment | None:
    """Return the environment to whose process a key was issued; None for every other key."""
    return _by_access_key.get(access_key_id)


def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
    """Return a temporary key of a function's role, as environment variables of a process.

    The emulator derives such keys from names alone, which are no secret.
    """
    name, role_name = config.get("FunctionName", "")[:64], config.get("Role", "").rpartition("/")[2]
    account_id = parse_arn(config["FunctionArn"]).account_id
    access_key_id = f"ASIA{secrets.token_hex(8).upper()}"
    secret, token = secrets.token_hex(32), secrets.token_hex(32)
    session = {
        "Arn": f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{name}",
        "UserId": f"{role_name}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    }
    sts.register_session(access_key_id, session)
    if environment := _starting.get():
        _by_access_key[access_key_id] = environment
    return {
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
    }


def _slots(table: FaultTable) -> Callable[..., Any]:
    """Return what throttles a function that refuses invocations, as with no concurrency."""

    def acquire_execution_slot(func: dict[str, Any], config: dict[str, Any]) -> Any:
        fault = table.get(Hop(config.get("FunctionName", "")))
        if fault is not None and fault.effect == "refuse":
            return None, "function"
        return _acquire_execution_slot(func, config)

    return acquire_execution_slot
