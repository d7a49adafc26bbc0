"""Entry point of `python -m openapi`."""

from openapi.cli import app

if __name__ == "__main__":
    app()
