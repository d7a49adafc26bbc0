"""The record of a stack's deployed resources: a journal in the emulator's private folder.

Each change is one line, written when the emulator has made it. So what a half-done deployment has
done is known, and the next one continues.
"""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any

from local.deployment.resources import File, Resource

if TYPE_CHECKING:
    from pathlib import Path

# The key of blocks that stand for values that JSON does not have.
_TYPE = "__type__"


class Record:
    """The resources of a stack by kind and name, in the order of their creation."""

    def __init__(self, path: Path | None = None) -> None:
        """Read the journal at a path, if there is one; without a path, nothing is written."""
        self._path = path
        self._lock = threading.Lock()
        self._resources: dict[tuple[str, str], Resource] = {}
        self.reload()

    @property
    def path(self) -> Path | None:
        """Where the journal is, if anywhere."""
        return self._path

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, of which each was created after those that it depends on."""
        with self._lock:
            return tuple(self._resources.values())

    def find(self, kind: str, name: str) -> Resource | None:
        """Return a resource; None if it is not deployed."""
        with self._lock:
            return self._resources.get((kind, name))

    def put(self, resource: Resource) -> None:
        """Add a resource, or replace what is known about it."""
        with self._lock:
            self._resources[resource.key] = resource
            self._append({"put": vars(resource)})

    def remove(self, resource: Resource) -> None:
        """Remove a resource that was deleted."""
        with self._lock:
            self._resources.pop(resource.key, None)
            self._append({"remove": resource.key})

    def reload(self) -> None:
        """Read the journal, which another process may have continued."""
        resources = _read(self._path) if self._path is not None and self._path.exists() else {}
        with self._lock:
            self._resources = resources

    def _append(self, entry: dict[str, Any]) -> None:
        if self._path is not None:
            line = json.dumps(entry, default=_encoded, separators=(",", ":"))
            with open(self._path, "a", encoding="utf-8", opener=_private) as journal:
                journal.write(f"{line}\n")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(path: Path) -> dict[tuple[str, str], Resource]:
    resources: dict[tuple[str, str], Resource] = {}
    for line in _complete(path).splitlines():
        entry = json.loads(line, object_hook=_decoded)
        if "put" in entry:
            resource = Resource(**entry["put"])
            resources[resource.key] = resource
        else:
            kind, name = entry["remove"]
            resources.pop((kind, name), None)
    return resources


def _complete(path: Path) -> str:
    """Return the journal; a last line that a killed process has not finished is removed from it."""
    text = path.read_text(encoding="utf-8")
    complete = text[: text.rfind("\n") + 1]
    if complete != text:
        os.truncate(path, len(complete.encode()))
    return complete


def _encoded(value: object) -> object:
    if isinstance(value, File):
        return {_TYPE: "file", "path": value.path, "digest": value.digest}
    if isinstance(value, frozenset):
        return {_TYPE: "set", "items": sorted(value)}
    raise TypeError(f"A record cannot hold a {type(value).__name__}.")


def _decoded(block: dict[str, Any]) -> Any:
    match block.get(_TYPE):
        case "file":
            return File(block["path"], block["digest"])
        case "set":
            return frozenset(block["items"])
    return block
