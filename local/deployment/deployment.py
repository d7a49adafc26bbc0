"""A stack that runs on the emulator: its settings, its resources, and updates of it."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi

from local.calls import Caller, caller_of
from local.customers import customers_of
from local.deployment import deployer, overrides
from local.deployment.engine import Changes
from local.deployment.import_check import ImportCheck
from local.deployment.record import Record
from local.deployment.update_process import Request, UpdateProcesses
from tooling.errors import UserError, located

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.deployment.engine import Progress
    from local.deployment.resources import Resource
    from local.emulator.emulator import Emulator
    from tooling.stackfile import StackFile

_RECORD = "resources.jsonl"


class Deployment:
    """A stack that runs on the emulator.

    `resources`, `outputs` and `problem` may be read from every thread.
    """

    def __init__(
        self,
        emulator: Emulator,
        settings: StackFile,
        *,
        storefront_url: str = "",
        program: Callable[[], object] | None = None,
    ) -> None:
        """Describe a deployment without creating anything.

        Args:
            emulator: The target, which runs.
            settings: The stack and its configuration, as its file has it.
            storefront_url: Where the storefront's bucket is served.
            program: A program in place of the project's `__main__.py`.
        """
        self.emulator = emulator
        self.storefront_url = storefront_url
        self.outputs: dict[str, Any] = {}
        # Why the last saved change does not run, with file and line; None if everything runs.
        self.problem: str | None = None
        self._program = program
        self._customers = customers_of(emulator.client, settings)
        self._is_deployed = False
        self._lock = threading.Lock()
        self._record = Record(emulator.state / _RECORD)
        self.resources: Sequence[Resource] = self._record.resources
        self._target = deployer.target_of(emulator.client, emulator.url, storefront_url)
        self.settings, self.overrides = overrides.apply(settings, self._customers)
        self._processes = UpdateProcesses(settings.root)

    def prepare(self) -> None:
        """Make the next update faster."""
        if self._program is None:
            self._processes.prepare()

    def close(self) -> None:
        """Wait for a running update, and end what is ready for the next one."""
        self._processes.close()

    @property
    def caller(self) -> Caller:
        """A client of the API, with a new token where the stack's callers need one."""
        return caller_of(self.emulator, self.settings, self.outputs, self._customers)

    def update(self, progress: Progress = lambda _kind, _name: None) -> Changes:
        """Run the program: create what is new, change what differs, delete what is gone.

        The first time, the program is run in this process, and later in a fresh one, with the
        configuration, the program and the handlers that are saved then.

        Raises:
            UserError: there is an error in them, a handler cannot be imported, or the emulator
                refuses a change.
            pulumi.RunError: there is an error in the configuration.
        """
        with self._lock:
            try:
                changes = self._updated(progress)
            except (UserError, pulumi.RunError) as error:
                self.problem = str(error)
                raise
            except Exception as error:
                if not self._is_deployed:
                    raise
                # The stack keeps running, and the next save is another attempt.
                self.problem = located(error, str(self.settings.root))
                raise UserError(self.problem) from error
            finally:
                self.resources = self._record.resources
            self.problem = None
            return changes

    def _updated(self, progress: Progress) -> Changes:
        if self._is_deployed and self._program is None:
            return self._update_in_a_process()
        self.outputs, changes = deployer.update(
            self._target,
            self.settings,
            self._record,
            function=self._program,
            progress=progress,
            check=self._check,
        )
        self._check(self._record.resources)
        self._is_deployed = True
        return changes

    def _check(self, resources: Sequence[Resource]) -> None:
        if self._program is None:
            with ImportCheck(self.emulator.environment()) as check:
                check.require_functions(resources)

    def _update_in_a_process(self) -> Changes:
        result = self._processes.run(
            Request(
                stack=self.settings.stack,
                url=self.emulator.url,
                key=self.emulator.key.outputs,
                environment=self.emulator.environment(),
                record=str(self._record.path),
                storefront_url=self.storefront_url,
            )
        )
        sys.stderr.write(result.get("printed", ""))
        self._record.reload()
        if error := result.get("error"):
            raise UserError(error)
        self.outputs = result["outputs"]
        self.settings = replace(self.settings, config=result["config"])
        self._customers = customers_of(self.emulator.client, self.settings)
        return Changes(**result["changes"])
