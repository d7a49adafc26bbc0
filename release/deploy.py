"""Deployment of a stack: record, `pulumi up`, canary, smoke test, and rollback if these fail."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from release.versions import record, rollback
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from release.versions.aliases import Aliases, Function

RECORD: Final = "record"
UP: Final = "pulumi up"
CANARY: Final = "canary"
SMOKE: Final = "smoke test"

_AFTER_UP: Final = (
    "What it has changed stays; functions that already have new versions return to the old ones "
    "with `release rollback`. The next deployment continues."
)


class DeploymentError(UserError):
    """A step of a deployment failed; the sentence names it, and the state that is left."""

    def __init__(self, step: str, sentence: str) -> None:
        super().__init__(f"The deployment failed at: {step}. {sentence}")
        self.step = step


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The steps of a deployment; each raises a `UserError` where it fails."""

    aliases: Callable[[], Aliases | None]
    """Returns the stack's aliases; None before its first deployment."""
    up: Callable[[], None]
    canary: Callable[[], object]
    """Releases what was published, or completes the record of what Pulumi has released."""
    smoke: Callable[[], object] | None
    report: Callable[[str], None]


def run(steps: Steps) -> None:
    """Deploy a stack.

    Raises:
        DeploymentError: a step failed; if it came after `pulumi up`, the functions are back at the
            versions before the deployment.
    """
    before: Mapping[str, Function] = {}
    with _step(RECORD, "Nothing was changed."):
        if aliases := steps.aliases():
            before = {function.package: function for function in record.begin(aliases)}
            steps.report(f"Live before the deployment: {record.listed(list(before.values()))}.")
    with _step(UP, _AFTER_UP):
        steps.up()
    for name, step in ((CANARY, steps.canary), (SMOKE, steps.smoke)):
        if step is None:
            continue
        try:
            step()
        except Exception as error:
            try:
                consequence = _undo(steps, before)
            except Exception as another:  # noqa: BLE001 (the first error is raised)
                consequence = (
                    f"The rollback failed as well: {_text(another)} Complete it with `release "
                    "rollback`."
                )
            raise DeploymentError(name, f"{_text(error)} {consequence}") from error


@contextmanager
def _step(name: str, consequence: str) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise DeploymentError(name, f"{error} {consequence}") from error


def _text(error: Exception) -> str:
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}."


def _undo(steps: Steps, before: Mapping[str, Function]) -> str:
    """Return what this deployment has released to the versions before; say what was done."""
    if not before:
        return "It is the stack's first deployment, so there are no versions to return to."
    if (aliases := steps.aliases()) is None:
        return "The stack is gone."
    functions = aliases.read()
    moved = [function for function in functions if _differs(function, before)]
    if not moved:
        return "All functions have the versions before the deployment."
    steps.report("Rolling back:")
    moves = rollback.plan(aliases, moved)
    rollback.run(aliases, moved, moves, steps.report)
    return (
        f"Rolled back: {', '.join(map(str, moves))}. Tables, queues, permissions and the gateway "
        "stay as `pulumi up` has left them."
    )


def _differs(function: Function, before: Mapping[str, Function]) -> bool:
    """Whether a function has another version than before, or than before one that it continues."""
    old = before.get(function.package)
    if old is None or function.candidate is not None:
        return old is not None
    return function.live != (old.record.pending if old.record else old.live)
