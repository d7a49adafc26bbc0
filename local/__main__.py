"""Entry point of `python -m local`."""

from tooling import exit_codes

# The provider's classes are hundreds of thousands of objects that live as long as the process. With Python's defaults,
# walking through them again and again is a fifth of the CPU time of `make demo`.
_COLLECTIONS = (100_000, 20, 100)


def main() -> None:
    """Run the command line; a signal while it is still being imported ends as clearly as a later one."""
    exit_codes.exit_at_once(exit_codes.ALL_STOPPED)
    import gc  # noqa: PLC0415 (the handlers come first)

    gc.set_threshold(*_COLLECTIONS)
    from local.cli import app, report  # noqa: PLC0415 (as above)
    from tooling import (  # noqa: PLC0415 (as above)
        interrupts,
        standard_output,
    )

    interrupts.run(lambda: standard_output.run(app, report))


if __name__ == "__main__":
    main()
