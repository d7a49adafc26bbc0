"""The state of an emulator that is kept from its stop to its next start.

The emulator works on a copy in its private folder, and when it has saved everything there, the copy
takes the place of the kept one in one step. So a killed emulator leaves the state of the stop
before, and what is kept fits together.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from tooling.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

# The version of what is kept beside the emulator's own data, such as the record of resources.
_FORMAT: Final = 1
_CURRENT, _NEW, _OLD = "current", "new", "old"
_DESCRIPTION: Final = "description.json"
# Of the emulator's private folder, and the variable that tells its process where to keep the state.
FOLDER: Final = "state"
VARIABLE: Final = "KEPT_STATE"
# Written by the emulator where it could not save a service.
INCOMPLETE: Final = "incomplete"


def load(kept: Path, folder: Path) -> None:
    """Copy a kept state into a new folder; without one, the folder is empty.

    Raises:
        UserError: it is of another version, or damaged; says how to remove it.
    """
    current = _current(kept)
    if current is None:
        folder.mkdir(mode=0o700)
        return
    try:
        description = _description(current)
        shutil.copytree(current, folder)
        is_complete = description["files"] == _digests(folder)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(_refusal(kept, f"cannot be read ({type(error).__name__})")) from error
    if description["versions"] != _versions():
        raise UserError(_refusal(kept, "is of another version of the emulator or of this project"))
    if not is_complete:
        raise UserError(_refusal(kept, "is damaged"))


def port(kept: Path, wanted: int) -> int:
    """Return the port for a kept state: that of its URLs, or the wanted one where nothing is kept.

    Args:
        kept: The folder of the kept state.
        wanted: The port; 0 for any.

    Raises:
        UserError: another port is wanted.
    """
    current = _current(kept)
    try:
        own = int(_description(current)["port"]) if current is not None else wanted
    except (OSError, ValueError, KeyError):
        return wanted  # it will be refused
    if wanted not in {0, own}:
        raise UserError(
            f"The data in {kept} has URLs with the port {own}; use PORT={own}, or remove the data "
            f"(rm -r {kept})."
        )
    return own


def save(folder: Path, kept: Path, port: int) -> None:
    """Let a copy of a folder take the place of the kept state.

    Args:
        folder: Where the emulator has saved its state.
        kept: The folder of the kept state.
        port: The port in its URLs.
    """
    if (folder / INCOMPLETE).exists():
        return
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(kept / _NEW, ignore_errors=True)
    shutil.copytree(folder, kept / _NEW)
    description = {"versions": _versions(), "port": port, "files": _digests(folder)}
    (kept / _NEW / _DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
    shutil.rmtree(kept / _OLD, ignore_errors=True)
    if (kept / _CURRENT).exists():
        (kept / _CURRENT).rename(kept / _OLD)
    (kept / _NEW).rename(kept / _CURRENT)
    shutil.rmtree(kept / _OLD, ignore_errors=True)


def saved_at(kept: Path) -> int | None:
    """Return what differs after each save; None if nothing is kept."""
    current = _current(kept)
    return (current / _DESCRIPTION).stat().st_mtime_ns if current is not None else None


def _current(kept: Path) -> Path | None:
    """Return the kept state; a save that was killed may have left the one before."""
    folders = (kept / _CURRENT, kept / _OLD)
    return next((each for each in folders if (each / _DESCRIPTION).exists()), None)


def _description(current: Path) -> dict[str, Any]:
    return dict(json.loads((current / _DESCRIPTION).read_text(encoding="utf-8")))


def _versions() -> dict[str, Any]:
    return {"format": _FORMAT, "ministack": version("ministack")}


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / _DESCRIPTION
    }


def _refusal(kept: Path, problem: str) -> str:
    return f"The data in {kept} {problem}; remove it (rm -r {kept}) to start with new data."
