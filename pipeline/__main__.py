"""Entry point of `python -m pipeline`."""

from tooling import entry


def _command() -> None:
    import sys  # noqa: PLC0415 (the signal handlers come first)

    from pipeline.cli import main  # noqa: PLC0415 (as above)

    sys.exit(main())


if __name__ == "__main__":
    entry.run(_command, "what was written before stays.")
