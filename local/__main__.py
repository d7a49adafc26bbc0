"""Entry point of `python -m local`."""

import os
import signal

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; an interruption while it is still being imported ends as quietly as a later one."""
    # Nothing has been started yet, and an exception would come out of whichever module is half imported.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(_INTERRUPTED))
    from local.cli import app  # noqa: PLC0415 (the handler comes first)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    finally:
        # All is stopped, and the interpreter's own end takes long enough to be interrupted, too.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
