"""Entry point of `python -m local`."""

from tooling import entry

# The provider's classes are hundreds of thousands of objects that live as long as the process.
# With Python's defaults, garbage collection is a fifth of the CPU time of `make demo`.
_COLLECTIONS = (100_000, 20, 100)


def _command() -> None:
    import atexit  # noqa: PLC0415 (the signal handlers come first)
    import gc  # noqa: PLC0415 (as above)

    gc.set_threshold(*_COLLECTIONS)
    atexit.register(gc.freeze)  # so that Python does not collect them all once more at the end
    from local.cli import app  # noqa: PLC0415 (the signal handlers come first)

    app()


if __name__ == "__main__":
    entry.run(_command, entry.ALL_STOPPED)
