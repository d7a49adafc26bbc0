"""Entry point of `python -m orderctl`."""

import os
import signal

_INTERRUPTED = 130
_SENTENCE = b"\nInterrupted; nothing had been done yet.\n"


def main() -> None:
    """Run the command line; an interruption while it is still being imported ends as clearly as a later one."""
    signal.signal(signal.SIGINT, _end)
    from orderctl.cli import app  # noqa: PLC0415 (the handler comes first)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    app(prog_name="orderctl")


def _end(_number: int, _frame: object) -> None:
    os.write(2, _SENTENCE)
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
