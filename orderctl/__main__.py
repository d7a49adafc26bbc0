"""Entry point of `orderctl` and `python -m orderctl`."""

from __future__ import annotations

import os
import sys

from local import interrupts

_FAILED = 1


def main() -> None:
    """Run the command line; a signal while it is still being imported ends as clearly as a later one.

    Every failure ends with one sentence and an exit code other than zero.
    """
    interrupts.exit_at_once("nothing had been done yet.")
    from orderctl import errors  # noqa: PLC0415 (the handlers come first)

    try:
        interrupts.run(_run)
    except Exception as error:
        if os.environ.get(errors.TRACEBACK):
            raise
        _fail(errors.fault(error))


def _run() -> None:
    from orderctl.cli import app  # noqa: PLC0415 (as above)

    output = sys.stdout
    if output is None:
        _fail("Standard output is closed.")
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # nobody has replaced them yet
    try:
        app(prog_name="orderctl")
    except OSError as error:
        _fail(f"The output cannot be written: {error.strerror or error}.")
    except SystemExit as end:
        # Typer takes the place of a pipe that nobody reads any more, and says nothing about it.
        if sys.stdout is not output:
            _fail("The output cannot be written: Broken pipe.")
        _flush()
        raise end from None


def _flush() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        _fail(f"The output cannot be written: {error.strerror or error}.")


def _fail(sentence: str) -> None:
    from orderctl import frame  # noqa: PLC0415 (as above)

    frame.print_error(sentence)
    frame.without_output()
    sys.exit(_FAILED)


if __name__ == "__main__":
    main()
