"""Entry point of `python -m orderctl`."""

from local import interrupts


def main() -> None:
    """Run the command line; a signal while it is still being imported ends as clearly as a later one."""
    interrupts.exit_at_once("nothing had been done yet.")
    from orderctl.cli import app  # noqa: PLC0415 (the handlers come first)

    interrupts.run(lambda: app(prog_name="orderctl"))


if __name__ == "__main__":
    main()
