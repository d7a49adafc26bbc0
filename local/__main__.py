"""Entry point of `python -m local`."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; an interruption while it is still being imported ends as quietly as a later one."""
    try:
        from local.cli import app  # noqa: PLC0415 (importing takes long enough to be interrupted)

        app()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
