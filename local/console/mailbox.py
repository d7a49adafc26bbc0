"""The mailbox: the emails that SES has sent, each as HTML, as text and as its source."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from local.console.pages import console_of, page
from local.console.paging import Page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from local.console.pages import Console
    from local.mailbox import Email

# An email's HTML is not trusted: it runs nothing, sends nothing and loads nothing.
_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def show_list(request: Request) -> Response:
    """List the emails, newest first, or those to the recipients that a search finds."""
    console = console_of(request)
    recipient = console.records.searches.text_of(request.query_params.get("search", ""))
    emails = [
        email
        for email in reversed(console.records.emails.get())
        if recipient is None or recipient.casefold() in email.to.casefold()
    ]
    return page(
        request,
        "mailbox.html",
        listed=Page.of(emails, request.query_params.get("page", "")),
        search=request.query_params.get("search", ""),
        recipient=recipient,
        smtp_host=_smtp_host(console),
    )


async def search(request: Request) -> Response:
    """Remember a recipient, so that no address is in a URL, and list the emails to it."""
    recipient = str((await request.form()).get("recipient", "")).strip()
    path = "/mailbox"
    if recipient:
        path = f"/mailbox?search={console_of(request).records.searches.remember(recipient)}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def show_html(request: Request) -> Response:
    """Show an email with its HTML in a frame."""
    return page(request, "email.html", email=_email(request), view="html")


def show_text(request: Request) -> Response:
    """Show an email's text."""
    return page(request, "email.html", email=_email(request), view="text")


def show_source(request: Request) -> Response:
    """Show an email as a message."""
    return page(request, "email.html", email=_email(request), view="source")


def frame(request: Request) -> Response:
    """Return an email's HTML, for the frame alone."""
    return HTMLResponse(_email(request).html, headers={"Content-Security-Policy": _POLICY})


def _email(request: Request) -> Email:
    emails = console_of(request).records.emails.get()
    number: int = request.path_params["number"]
    if not 1 <= number <= len(emails):
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no email {number}.")
    return emails[number - 1]


def _smtp_host(console: Console) -> str | None:
    """Return the mail server that the stack sends to in place of SES, if it has one."""
    settings = console.deployment.settings
    # An empty object is the key's default.
    host = json.loads(settings.config.get(f"{settings.project}:smtp", "{}")).get("host")
    return None if host is None else str(host)


routes: list[BaseRoute] = [
    Route("/mailbox", show_list),
    Route("/mailbox/search", search, methods=["POST"]),
    Route("/mailbox/{number:number}", show_html),
    Route("/mailbox/{number:number}/text", show_text),
    Route("/mailbox/{number:number}/source", show_source),
    Route("/mailbox/{number:number}/frame", frame),
]
