"""Hot reload: a saved handler, program or stack file is deployed while the stack keeps running."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pulumi
from watchfiles import Change, DefaultFilter, watch

from local.terminal import print_line
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from local.deployment.deployment import Deployment

# What a program's resources are made of, below the project's root.
_FOLDERS: Final = ("handlers", "infra", "openapi", "web")
# Other stacks' files, of which the running one may be one.
_EXAMPLES: Final = "examples"
_PROGRAM: Final = "__main__.py"
# Editors write several files, and rename them: a save ends when nothing has changed for a moment.
_QUIET_MS: Final = 50
_LONGEST_SAVE_MS: Final = 1000
_STOP_CHECK_MS: Final = 100


class _Sources(DefaultFilter):
    """Files of the program; not those that Python, editors, git and tests write beside them."""

    def __init__(self, stack_files: Sequence[str], folders: Sequence[Path]) -> None:
        super().__init__()
        self._stack_files = {"Pulumi.yaml", *stack_files}
        self._folders = folders

    def __call__(self, change: Change, path: str) -> bool:
        name = path.rpartition("/")[2]
        if name.startswith(".") or not super().__call__(change, path):
            return False
        if name.endswith(".yaml") or name == _PROGRAM:
            return name in self._stack_files or name == _PROGRAM
        return any(path.startswith(f"{folder}/") for folder in self._folders)


class Watcher:
    """Updates a deployment when its files are saved, from `start` to `stop`."""

    def __init__(
        self,
        deployment: Deployment,
        output: Console,
        deployed: Callable[[], object] = lambda: None,
    ) -> None:
        """Describe what is watched.

        Args:
            deployment: The deployment; its `problem` is why a saved change does not run.
            output: Where a line for what was done, or is wrong, is printed.
            deployed: Called after each update.
        """
        root = deployment.settings.root
        self._deployment = deployment
        self._output = output
        self._deployed = deployed
        sources = [root / name for name in _FOLDERS]
        folders = [path for path in (*sources, root / _EXAMPLES) if path.is_dir()]
        self._filter = _Sources([f"Pulumi.{deployment.settings.stack}.yaml"], sources)
        self._saves: queue.SimpleQueue[set[tuple[Change, str]] | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._watches = threading.Semaphore(0)
        self._threads = [
            threading.Thread(target=self._update, name="updates"),
            threading.Thread(target=self._watch, args=(folders, True), name="watch-folders"),
            # Not its folders: among them are a virtual environment and the cache of bundles.
            threading.Thread(target=self._watch, args=([root], False), name="watch-root"),
        ]

    def start(self) -> None:
        """Watch in threads; from the return on, no save is missed."""
        self._deployment.prepare()
        for thread in self._threads:
            thread.start()
        for _ in self._threads[1:]:
            self._watches.acquire()

    def stop(self) -> None:
        """Stop, after an update that runs."""
        self._stop.set()
        self._saves.put(None)
        self._deployment.close()
        for thread in self._threads:
            thread.join()

    def _watch(self, paths: Sequence[Path], recursive: bool) -> None:  # noqa: FBT001 (a thread's arguments)
        is_first = True
        for changes in watch(
            *paths,
            watch_filter=self._filter,
            recursive=recursive,
            debounce=_LONGEST_SAVE_MS,
            step=_QUIET_MS,
            rust_timeout=_STOP_CHECK_MS,
            stop_event=self._stop,
            raise_interrupt=False,
            yield_on_timeout=True,
        ):
            if is_first:
                self._watches.release()
                is_first = False
            if changes:
                self._saves.put(changes)

    def _update(self) -> None:
        while not self._stop.is_set():
            saves = [self._saves.get()]
            while not self._saves.empty():  # saved while an update ran
                saves.append(self._saves.get())
            if None in saves:
                return
            self._update_once()

    def _update_once(self) -> None:
        had_problem, start = self._deployment.problem is not None, time.perf_counter()
        try:
            changes = self._deployment.update()
        except (UserError, pulumi.RunError) as error:
            if not self._stop.is_set():
                self._print(f"Not deployed: {error}", "red")
            return
        self._deployed()
        seconds = time.perf_counter() - start
        for line in changes.lines:
            self._print(f"{line} in {seconds:.1f} s", "green")
        if had_problem:
            self._print("Everything that is saved is live again", "green")

    def _print(self, sentence: str, style: str) -> None:
        print_line(self._output, sentence, style)


@contextmanager
def watching(
    deployment: Deployment, output: Console, deployed: Callable[[], object]
) -> Iterator[None]:
    """Deploy what is saved within the block; see `Watcher`."""
    watcher = Watcher(deployment, output, deployed)
    watcher.start()
    try:
        yield
    finally:
        watcher.stop()
