"""`pulumi up` as a process: its output is shown, and a signal lets it end in order."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

from orderctl.stack import read_with_cli
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.signals import deferred

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_cli() -> str:
    """Return the path of the Pulumi CLI.

    Raises:
        UserError: it is not installed.
    """
    if (path := shutil.which("pulumi")) is None:
        raise UserError(
            "A deployment needs the Pulumi CLI, which is not installed: "
            "https://www.pulumi.com/docs/install/"
        )
    return path


def configured(stack: str, key: str) -> str:
    """Return the text that a stack's configuration has for a key, or the project's default.

    Raises:
        UserError: the CLI is not installed, or cannot read the configuration.
    """
    command = [find_cli(), "config", "get", key]
    text = read_with_cli(command, stack, "the configuration", ROOT)
    return str(json.loads(text)["value"])


def up(stack: str, policy_packs: Sequence[str] = ()) -> None:
    """Preview and update a stack.

    The preview comes first, so that an error in the program or a violated policy changes nothing.

    Raises:
        UserError: the CLI is not installed, or the update failed.
    """
    packs = [f"--policy-pack={pack}" for pack in policy_packs]
    command = [find_cli(), "up", "--yes", "--non-interactive", f"--stack={stack}", *packs]
    process = None
    try:
        # In a process group of its own, Ctrl-C reaches it once only: at the second time it would
        # leave operations half done.
        with deferred():
            process = subprocess.Popen(  # noqa: S603 (no shell, and the name is no option)
                command, cwd=ROOT, stdin=subprocess.DEVNULL, process_group=0
            )
        code = process.wait()
    except BaseException:
        if process is not None:
            with deferred():
                process.send_signal(signal.SIGINT)
                process.wait()
        raise
    if code:
        raise UserError(f"`pulumi up` failed with exit code {code}; its output is above.")
