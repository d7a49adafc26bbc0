"""Entry point of `python -m costs`."""

from tooling import entry


def _command() -> None:
    from costs.cli import app  # noqa: PLC0415 (the signal handlers come first)

    app()


if __name__ == "__main__":
    entry.run(_command, "nothing was changed.")
