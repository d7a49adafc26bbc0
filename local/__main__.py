"""Entry point of `python -m local`."""

import os
import signal

_INTERRUPTED = 130
_SENTENCE = b"\nInterrupted; nothing had been started yet.\n"


def main() -> None:
    """Run the command line; an interruption while it is still being imported ends as clearly as a later one."""
    # Nothing has been started yet, and an exception would come out of whichever module is half imported.
    signal.signal(signal.SIGINT, _end)
    from local.cli import app  # noqa: PLC0415 (the handler comes first)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    finally:
        # All is stopped, and the interpreter's own end takes long enough to be interrupted, too.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(_number: int, _frame: object) -> None:
    os.write(2, _SENTENCE)
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
