"""Every stack's graph, recorded once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.infra.support.graph import (
    SMTP_SECRET,
    STACK_FILES,
    Graph,
    deployed,
    record,
    recordings,
    settings,
    stack_of,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def _shared_recordings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Share recordings among the processes of one run of pytest-xdist."""
    if hasattr(
        request.config, "workerinput"
    ):  # the environment says so as well to a run within a run
        recordings.share(tmp_path_factory.getbasetemp().parent / "recordings")


@pytest.fixture(params=STACK_FILES, ids=stack_of)
def stack_file(request: pytest.FixtureRequest) -> Path:
    """The file of each stack in turn."""
    path: Path = request.param
    return path


@pytest.fixture
def graph(stack_file: Path) -> Graph:
    """What each stack would deploy, in turn."""
    return deployed(stack_file)


@pytest.fixture(scope="session")
def customised() -> Graph:
    """A stack whose keys differ from their defaults, with SMTP."""
    keys = {
        "corsOrigins": '["https://a.shop-orders.net","https://b.shop-orders.net"]',
        "throttling": '{"rateLimit":3,"burstLimit":5}',
        "orderRetentionDays": "12",
        "deletionProtection": "true",
        "reservedConcurrency": '{"orders":7,"audit":3}',
        "memory": '{"orders":1024,"email":512}',
        "traceSampling": "0",
        "logLevel": "ERROR",
        "logRetentionDays": "365",
        "alerts": json.dumps(
            {
                "emails": ["a@shop-orders.net", "b@shop-orders.net"],
                "phoneNumbers": ["+15550100", "+15550101"],
                "webhooks": ["https://pager.shop-orders.net/x", "https://pager.shop-orders.net/y"],
            }
        ),
        "warnings": json.dumps(
            {
                "emails": ["c@shop-orders.net", "d@shop-orders.net"],
                "webhooks": ["https://chat.shop-orders.net/x"],
            }
        ),
        "monitoring": "full",
        "smtp": json.dumps({"host": "smtp.shop-orders.net", "port": 465, "secretArn": SMTP_SECRET}),
    }
    return record(settings(STACK_FILES[0], **keys))
