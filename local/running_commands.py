"""The commands of `python -m local` about the running stack: outputs, emails, token."""

from __future__ import annotations

import json
import uuid
from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from local import mailbox
from local.customers import Customers
from tooling import errors
from tooling.clients import Clients
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

_STAYS_UP = "the local stack stays as it is."


def outputs(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print the running stack's outputs, with its access key."""
    with reporting():
        values = context.obj.running.outputs()
        typer.echo(
            json.dumps(values, indent=2, sort_keys=True) if as_json else "\n".join(_lines(values))
        )


def emails(
    context: typer.Context,
    *,
    show: Annotated[
        int | None, typer.Option(help="Print the text of the email with this number.")
    ] = None,
    html: Annotated[
        int | None, typer.Option(help="Write the HTML of the email with this number to a file.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file for --html; default: .local/email-<number>.html.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list of all.")] = False,
) -> None:
    """List the emails that the running stack has sent, oldest first."""
    with reporting():
        if [show is not None, html is not None, as_json].count(True) > 1:
            raise UserError("Only one of --show, --html and --json may be given.")
        messages = mailbox.emails(context.obj.running.outputs())
        if html is not None:
            typer.echo(_write_html(mailbox.numbered(messages, html), output))
        elif show is not None:
            typer.echo(mailbox.printable(mailbox.numbered(messages, show).text))
        elif as_json:
            typer.echo(json.dumps([email.data for email in messages], indent=2, ensure_ascii=False))
        else:
            typer.echo("\n".join(email.line for email in messages) or "No email has been sent yet.")


def token(context: typer.Context) -> None:
    """Print a new customer's JSON web token for the running stack; it is valid for an hour."""
    with reporting():
        values = context.obj.running.outputs()
        if values["auth"] != "jwt":
            raise UserError(f"The running stack needs no token; its auth is {values['auth']}.")
        clients = Clients(values["awsEndpointUrl"], AccessKey.of_outputs(values))
        typer.echo(Customers(clients.get).token(f"customer-{uuid.uuid4()}"))


def reporting() -> AbstractContextManager[None]:
    """End a command about the running stack with one sentence and its exit code."""
    return errors.reporting(_STAYS_UP, _explain)


def _explain(error: Exception) -> tuple[str, int] | None:
    return (str(error), error.exit_code) if isinstance(error, UserError) else None


def _lines(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield a line for each value; values inside an object have its name as a prefix."""
    for name, value in sorted(values.items()):
        if isinstance(value, dict):
            yield from _lines(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}: {value if isinstance(value, str) else json.dumps(value)}"


def _write_html(email: mailbox.Email, output: Path | None) -> Path:
    path = output or ROOT / ".local" / f"email-{email.number}.html"
    try:
        path.touch(mode=0o600)  # it holds a customer's data
        path.write_text(email.html, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error
    return path
