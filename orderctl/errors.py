"""What goes wrong at an operator's, as one clear sentence."""

from __future__ import annotations

from tooling.errors import UserError

FAILED = 1
WRONG_USAGE = 2

NOT_ALL_SEEN = "Not every message could be seen; run it again."

# An environment variable; where it is set, a fault of this tool ends in a traceback.
TRACEBACK = "ORDERCTL_TRACEBACK"


class OperatorError(UserError):
    """Something that the operator can act upon; its text is one sentence without internals."""


def sentence(error: Exception) -> str | None:
    """What AWS, or the way to it, had against a call; None for what is a fault of ours."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 (it would slow down --help)

    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        # Of a missing permission AWS names the action and the resource by itself.
        return f"AWS refused {error.operation_name}: {said.get('Message') or 'no reason given'} ({said.get('Code')})"
    return f"AWS could not be asked: {error}" if isinstance(error, BotoCoreError) else None


def fault(error: BaseException) -> str:
    """Return the sentence for an unexpected error."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return f"orderctl failed: {said[:500]}. Set {TRACEBACK}=1 to see the traceback."
