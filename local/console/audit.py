"""The audit records, newest first, each as JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from local.console.pages import console_of, page
from local.console.paging import Page
from local.console.records import is_key
from local.console.text import moment

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute


def show_list(request: Request) -> Response:
    """List the records, or those of one order."""
    audit = console_of(request).records.audit
    order_id = request.query_params.get("order", "").strip()
    number = request.query_params.get("page", "")
    listed = Page.of(audit.keys_of(order_id) if order_id else audit.keys(), number)
    return page(
        request,
        "audit.html",
        listed=listed,
        records=audit.read(listed.items),
        order_id=order_id,
        moment=moment,
    )


def show_record(request: Request) -> Response:
    """Show one record."""
    key = request.path_params["audit_id"], request.path_params["timestamp"]
    keys = [key] if all(map(is_key, key)) else []
    record = next(iter(console_of(request).records.audit.read(keys)), None)
    if record is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such audit record.")
    return page(request, "audit_record.html", record=record)


routes: list[BaseRoute] = [
    Route("/audit", show_list),
    Route("/audit/{audit_id:path}/{timestamp}", show_record),
]
