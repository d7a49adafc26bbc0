"""The commands about stored data: erase and export (personal data), restore (lost items)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderctl import cli_support as cli
from orderctl.cli_support import SOME_IN_FLIGHT, WRONG_USAGE
from tooling.errors import UserError

if TYPE_CHECKING:
    from orderctl.erasure import ErasureReport
    from orderctl.personal_data import Subject
    from orderctl.restore import RestoreResult

_Customer = Annotated[
    str | None, typer.Option("--customer", help="The customer's ID, as their orders have it.")
]
_Orders = Annotated[
    list[str] | None,
    typer.Option("--order", help="An order's ID, for orders without a customer ID; repeatable."),
]
_AGAIN = "Run the same command again for the rest."


def erase(
    context: typer.Context,
    *,
    customer: _Customer = None,
    order: _Orders = None,
    dry_run: cli.DryRun = False,
    yes: cli.Yes = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Erase a customer's personal data for good, after confirmation of what is found.

    May be stopped at any time and run again. Orders, email records and dead letters are deleted;
    of an audit record remains that there was an order, and when.
    """
    with cli.reporting():
        from orderctl import data_views, erasure, output, stack  # noqa: PLC0415 (slow imports)

        subject = _subject(customer, order)
        cli.require_answer(context, yes=yes, dry_run=dry_run)
        target = stack.from_options(context, stack_name, outputs_file)
        if not yes:
            with output.progress("Searching for personal data ...") as advance:
                report = erasure.erase(target, subject, dry_run=True, progress=advance)
            if dry_run or not report.found:
                data_views.erasure_view(report).show(as_json=as_json)
                _require_erasure(report)
                return
            if not typer.confirm(f"Erase {data_views.summary(report)} for good?", err=True):
                raise UserError("Nothing was erased.")
        with output.progress("Erasing personal data ...") as advance:
            report = erasure.erase(target, subject, progress=advance)
        data_views.erasure_view(report).show(as_json=as_json)
        _require_erasure(report)


def export(
    context: typer.Context,
    *,
    to: Annotated[str, typer.Option("--to", help="The file to create; - for standard output.")],
    customer: _Customer = None,
    order: _Orders = None,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
) -> None:
    """Write everything that is stored about a customer to a new file, as JSON.

    The file can be read by its owner alone.
    """
    with cli.reporting():
        from orderctl import data_views, export, output, stack  # noqa: PLC0415 (slow imports)
        from tooling import standard_output  # noqa: PLC0415 (as above)

        subject = _subject(customer, order)
        export.require_new(to)
        target = stack.from_options(context, stack_name, outputs_file)
        with output.progress("Reading personal data ...") as advance:
            result = export.export(target, subject, advance)
        export.write(result, to)
        standard_output.report(f"Exported: {data_views.export_summary(result)}.")
        if not result.complete:
            raise UserError(f"The export is not complete. {SOME_IN_FLIGHT}")


def restore(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="The table: orders, audit or sent-emails.")],
    *,
    source: Annotated[
        str, typer.Option("--from", help="The restored table whose items are copied.")
    ],
    send_emails: Annotated[
        bool,
        typer.Option(
            "--send-emails",
            help="Also copy orders without a record of their confirmation, which is sent then.",
        ),
    ] = False,
    dry_run: cli.DryRun = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Copy missing items from a table that was restored from a backup.

    Existing items stay as they are; expired items and erased orders are left out. May be stopped
    at any time and run again.
    """
    with cli.reporting():
        from orderctl import data_views, output, restore, stack  # noqa: PLC0415 (slow imports)

        target = stack.from_options(context, stack_name, outputs_file)
        with output.progress("Reading the restored table ...") as advance:
            result = restore.restore(
                target,
                table,
                source,
                send_emails=send_emails,
                dry_run=dry_run,
                progress=advance,
            )
        data_views.restore_view(result, dry_run=dry_run).show(as_json=as_json)
        _require_restoration(result)


def _subject(customer: str | None, orders: list[str] | None) -> Subject:
    from handlers.order.scope import is_stored_order_id  # noqa: PLC0415 (slow imports)
    from handlers.validation.normalization import nfc  # noqa: PLC0415 (as above)
    from handlers.validation.text import is_customer_id  # noqa: PLC0415 (as above)
    from orderctl.personal_data import Subject  # noqa: PLC0415 (as above)

    if (customer is None) == (not orders):
        raise UserError("Pass either --customer or --order.", exit_code=WRONG_USAGE)
    if customer is not None:
        customer_id = nfc(customer)
        if not is_customer_id(customer_id):
            raise UserError("The customer ID is not valid.", exit_code=WRONG_USAGE)
        return Subject(customer_id=customer_id)
    for order in orders or ():
        if not is_stored_order_id(order):
            raise UserError(f"'{order}' is not a valid order ID.", exit_code=WRONG_USAGE)
    return Subject(order_ids=frozenset(orders or ()))


def _require_erasure(report: ErasureReport) -> None:
    from orderctl.data_views import shortcomings  # noqa: PLC0415 (slow imports)

    sentences = shortcomings(report.failed, report.problem, "order")
    if report.unseen:
        sentences.append(SOME_IN_FLIGHT)
    if sentences:
        raise UserError(" ".join([*sentences, _AGAIN]))


def _require_restoration(result: RestoreResult) -> None:
    from orderctl.data_views import shortcomings  # noqa: PLC0415 (slow imports)

    sentences = shortcomings(result.failed, result.problem, "item")
    if sentences:
        sentences.append(_AGAIN)
    if result.unconfirmed:
        sentences.append(
            f"{cli.plural(result.unconfirmed, 'order')} left out, because no record says that the "
            "confirmation was sent: restore sent-emails first, or pass --send-emails."
        )
    if sentences:
        raise UserError(" ".join(sentences))
