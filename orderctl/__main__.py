"""Entry point of `orderctl` and `python -m orderctl`."""

from __future__ import annotations

import os
import sys

from tooling import entry


def main() -> None:
    """Run the command line; every failure ends with one sentence and another exit code than 0."""
    try:
        entry.run(_command, "nothing had been done yet.", _report)
    except Exception as error:
        from orderctl import cli_support  # noqa: PLC0415 (the signal handlers come first)
        from tooling import standard_output  # noqa: PLC0415 (the signal handlers come first)

        if os.environ.get(cli_support.TRACEBACK):
            raise
        standard_output.fail(_report, cli_support.unexpected_error(error))


def _command() -> None:
    from orderctl.cli import app  # noqa: PLC0415 (the signal handlers come first)

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # The type is that of a replaced stream, which these are not yet.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # as above
    app(prog_name="orderctl")


def _report(sentence: str) -> None:
    from orderctl import cli_support  # noqa: PLC0415 (the signal handlers come first)

    cli_support.print_error(sentence)


if __name__ == "__main__":
    main()
