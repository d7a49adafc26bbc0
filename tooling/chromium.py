"""Chromium from the distribution's packages: where it is, and pictures of its pages."""

from __future__ import annotations

import base64
import shutil
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

# As Debian, Ubuntu and Google name it.
_EXECUTABLES: Final = ("chromium", "chromium-browser", "google-chrome")
_QUALITY: Final = 80

INSTALL: Final = "install it with: apt-get install chromium"


def find() -> str | None:
    """Return the path of the browser; None if it is not installed."""
    return next(filter(None, map(shutil.which, _EXECUTABLES)), None)


def picture(page: Page, **options: Any) -> bytes:
    """Return a picture of a page as WebP.

    It has a third of the bytes of PNG; Playwright itself does not offer it. `options` are those of
    https://chromedevtools.github.io/devtools-protocol/tot/Page/#method-captureScreenshot.
    """
    session = page.context.new_cdp_session(page)
    image = session.send(
        "Page.captureScreenshot", {"format": "webp", "quality": _QUALITY, **options}
    )
    return base64.b64decode(image["data"])
