"""What the console's pages share: the stack that they show, templates, and redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.responses import RedirectResponse
from starlette.templating import Jinja2Templates

from handlers.common.masking import mask
from local.console.sent_requests import SentRequests
from local.console.text import pretty, segment, visible
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from local.console.records import Records
    from local.console.topics import Topics
    from local.deployment.deployment import Deployment
    from local.faults import Faults
    from local.monitoring.activity import Activity
    from local.monitoring.alarms import AlarmStatus

FOLDER = Path(__file__).parent
_CODE = re.compile("`([^`]+)`")
# Servers and browsers refuse URLs of many kilobytes.
_LONGEST_NOTICE = 1000


class _Number(IntegerConvertor):
    """A number in a path, `{name:number}`; Python refuses to read thousands of digits."""

    regex = "[0-9]{1,9}"


register_url_convertor("number", _Number())


class Link(NamedTuple):
    """A page in the navigation."""

    path: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Console:
    """The stack that the console shows."""

    deployment: Deployment
    activity: Activity
    faults: Callable[[], Faults]
    topics: Topics
    records: Records
    alarms: Callable[[], Sequence[AlarmStatus]]
    sent_requests: SentRequests = field(default_factory=SentRequests)


def console_of(request: Request) -> Console:
    """Return what the console shows."""
    console: Console = request.app.state.console
    return console


def page(
    request: Request, template: str, *, status: int = HTTPStatus.OK, **context: Any
) -> Response:
    """Render a template for a request; the layout gets what every page shows."""
    state = request.app.state
    layout = {
        "section": request.url.path,
        "navigation": state.navigation,
        "badges": state.badges.get(),
        "problem": state.console.deployment.problem,
        "notice": request.query_params.get("notice"),
        "stack": state.console.deployment.settings.stack,
        "active_faults": _active_faults(state.console),
    }
    return TEMPLATES.TemplateResponse(request, template, layout | context, status_code=status)


def _active_faults(console: Console) -> list[str]:
    """Return the injected faults in words; none while the emulator does not respond."""
    try:
        return [fault.text for fault in console.faults().active()]
    except UserError:
        return []


def back(path: str, notice: str) -> Response:
    """End a POST: redirect to a page of the console, which shows what was done.

    Email addresses in the notice are masked, because it is in a URL; a very long one is cut.
    """
    separator, text = "&" if "?" in path else "?", mask(visible(notice))
    if len(text) > _LONGEST_NOTICE:
        text = f"{text[:_LONGEST_NOTICE]}..."
    return RedirectResponse(f"{path}{separator}notice={quote(text)}", HTTPStatus.SEE_OTHER)


def _time(value: datetime | str) -> datetime:
    """Return a time in UTC, also from a text in ISO 8601."""
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time.astimezone(UTC)


def _with_code(text: str) -> Markup:
    """Return a text in which what stands between backticks is code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (it is escaped)


def _templates() -> Jinja2Templates:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        utc=_time, visible=visible, pretty=pretty, segment=segment, with_code=_with_code
    )
    return Jinja2Templates(env=environment)


TEMPLATES = _templates()
