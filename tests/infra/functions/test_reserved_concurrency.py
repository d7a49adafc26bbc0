"""What a stack that reserves concurrency reports before its first resource."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from infra import config
from infra.functions.reserved_concurrency import report_reservations
from tests.infra.support.graph import STACK_FILES, record_anew, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

_COMMAND = "aws lambda get-account-settings"


def _told(
    caplog: pytest.LogCaptureFixture, reserved: str, program: Callable[[], None] | None = None
) -> list[str]:
    """What a preview says of reservations, of the whole program or of a part of it."""
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="pulumi.program"):
        record_anew(settings(STACK_FILES[0], reservedConcurrency=reserved), program, preview=True)
    return [entry.getMessage() for entry in caplog.records if _COMMAND in entry.getMessage()]


def test_reserved_concurrency_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A preview logs the reserved concurrency, the account's limit, and the command to check it."""
    (sentence,) = _told(caplog, '{"orders":30,"email":5}')
    assert "35 concurrent executions (orders 30, email 5)" in sentence
    assert "at least 135" in sentence


def test_nothing_is_logged_without_reserved_concurrency(caplog: pytest.LogCaptureFixture) -> None:
    """Without reservations there is nothing to look up."""

    def report() -> None:
        report_reservations(config.load().reserved_concurrency)

    assert _told(caplog, '{"orders":30}', report)
    assert _told(caplog, "{}", report) == []
