"""Entry point of `python -m local`."""

from local import interrupts


def main() -> None:
    """Run the command line; a signal while it is still being imported ends as clearly as a later one."""
    interrupts.exit_at_once(interrupts.ALL_STOPPED)
    from local.cli import app  # noqa: PLC0415 (the handlers come first)

    interrupts.run(app)


if __name__ == "__main__":
    main()
