"""Entry point of `python -m local`."""

import gc

from local import interrupts

# The provider's classes are hundreds of thousands of objects that live as long as the process. With Python's defaults,
# walking through them again and again is a fifth of the CPU time of `make demo`.
_COLLECTIONS = (100_000, 20, 100)


def main() -> None:
    """Run the command line; a signal while it is still being imported ends as clearly as a later one."""
    gc.set_threshold(*_COLLECTIONS)
    interrupts.exit_at_once(interrupts.ALL_STOPPED)
    from local.cli import app  # noqa: PLC0415 (the handlers come first)

    interrupts.run(app)


if __name__ == "__main__":
    main()
