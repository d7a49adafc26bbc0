"""Entry point of `orderctl` and `python -m orderctl`."""

from __future__ import annotations

import os
import sys

from tooling import exit_codes


def main() -> None:
    """Run the command line; a signal while it is still being imported ends as clearly as a later one.

    Every failure ends with one sentence and an exit code other than zero.
    """
    exit_codes.exit_at_once("nothing had been done yet.")
    from orderctl import errors  # noqa: PLC0415 (as above)
    from tooling import (  # noqa: PLC0415 (the handlers come first)
        interrupts,
        standard_output,
    )

    try:
        interrupts.run(_run)
    except Exception as error:
        if os.environ.get(errors.TRACEBACK):
            raise
        standard_output.fail(_report, errors.fault(error))


def _run() -> None:
    from orderctl.cli import app  # noqa: PLC0415 (as above)
    from tooling import standard_output  # noqa: PLC0415 (as above)

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # nobody has replaced them yet
    standard_output.run(lambda: app(prog_name="orderctl"), _report)


def _report(sentence: str) -> None:
    from orderctl import frame  # noqa: PLC0415 (as above)

    frame.print_error(sentence)


if __name__ == "__main__":
    main()
