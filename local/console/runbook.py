"""The runbooks of the alarms: sections of docs/operations.md, as pages."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.routing import Route

from local.console.pages import page
from tooling.root import ROOT

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

_OPERATIONS = ROOT / "docs" / "operations.md"
_HEADING = re.compile("^##+ +(?P<title>.+)$", re.MULTILINE)
_IN_A_DESCRIPTION = re.compile(r"Runbook: docs/operations\.md#(?P<anchor>[a-z0-9-]+)")
# Links to other documents lead nowhere here, so their text remains.
_OTHER_LINK = re.compile(r"\[([^\]]+)\]\((?!#)[^)]*\)")


def anchor_of(description: str) -> str | None:
    """Return the section that an alarm's description names."""
    match = _IN_A_DESCRIPTION.search(description)
    return match["anchor"] if match else None


def without_runbook(description: str) -> str:
    """Return an alarm's description without the name of its runbook."""
    return _IN_A_DESCRIPTION.sub("", description).strip()


def show(request: Request) -> Response:
    """Show one section."""
    section = _section(request.path_params["anchor"])
    if section is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "The runbook has no such section.")
    title, text = section
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    links_here = _OTHER_LINK.sub(r"\1", text).replace("](#", "](/runbook/")
    # The renderer escapes the text, which is a file of this repository.
    html = Markup(markdown.render(links_here))  # noqa: S704
    return page(request, "runbook.html", title=title, html=html)


def _section(anchor: str) -> tuple[str, str] | None:
    """Return the title and the text of a section, without the sections after it."""
    document = _OPERATIONS.read_text(encoding="utf-8")
    headings = [*_HEADING.finditer(document)]
    ends = [heading.start() for heading in headings[1:]] + [len(document)]
    for heading, end in zip(headings, ends, strict=True):
        if _anchor(heading["title"]) == anchor:
            return heading["title"], document[heading.end() : end]
    return None


def _anchor(title: str) -> str:
    return re.sub("[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


routes: list[BaseRoute] = [Route("/runbook/{anchor}", show)]
