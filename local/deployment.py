"""A stack that runs on the emulator: its settings, its resources, and updates of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from local import deployer, overrides
from local.calls import Caller, caller_of
from local.customers import Customers
from local.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.emulator import Emulator
    from local.engine import Changes, Progress
    from local.overrides import Override
    from local.resources import Resource
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
        self.resources: Sequence[Resource] = ()
        # Why the last saved change does not run, with file and line; None if everything runs.
        self.problem: str | None = None
        self._program = program
        self._customers = Customers(emulator) if overrides.needs_customers(settings) else None
        self._lock = threading.Lock()
        self._record = Record(emulator.directory / _RECORD)
        self._target = deployer.target_of(emulator.client, emulator.url, storefront_url)
        self.settings, self.overrides = self._overridden(settings)

    def _overridden(self, settings: StackFile) -> tuple[StackFile, list[Override]]:
        return overrides.apply(settings, self._customers)

    @property
    def caller(self) -> Caller:
        """A client of the API, with a new token where the stack's callers need one."""
        return caller_of(self.emulator, self.settings, self.outputs, self._customers)

    def update(self, progress: Progress = lambda _kind, _name: None) -> Changes:
        """Run the program: create what is new, change what differs, delete what is gone."""
        with self._lock:
            self.outputs, changes = deployer.update(
                self._target,
                self.settings,
                self._record,
                function=self._program,
                progress=progress,
            )
            self.resources = self._record.resources
            return changes
