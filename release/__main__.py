"""Entry point of `python -m release`."""

from tooling import entry


def _command() -> None:
    from release.cli import app  # noqa: PLC0415 (the signal handlers come first)

    app()


if __name__ == "__main__":
    entry.run(_command, "nothing had been done yet.")
