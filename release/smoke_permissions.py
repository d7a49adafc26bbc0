"""IAM actions of the smoke test; `python -m release.smoke_permissions --write` or `--check`.

docs/smoke-test.md has the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tooling import markdown
from tooling.root import ROOT


@dataclass(frozen=True, kw_only=True)
class Permission:
    """IAM actions on a resource, and the API operations that need them."""

    actions: tuple[str, ...]
    resource: str
    when: str
    operations: tuple[str, ...]


def _of_service(
    service: str, *operations: str, resource: str, when: str, actions: tuple[str, ...] = ()
) -> Permission:
    """Return a permission whose actions have the names of the operations, unless given."""
    names = actions or operations
    return Permission(
        actions=tuple(f"{service}:{name}" for name in names),
        resource=resource,
        when=when,
        operations=operations,
    )


PERMISSIONS: Final = (
    _of_service("sts", "GetCallerIdentity", resource="`*`", when="always"),
    _of_service(
        "dynamodb",
        "GetItem",
        "DeleteItem",
        "BatchGetItem",
        "UpdateItem",
        "PutItem",
        resource="the three tables",
        when="always; `PutItem` and `UpdateItem` for markers and the hourly counter",
    ),
    _of_service("dynamodb", "Query", resource="the audit table and its index", when="always"),
    _of_service(
        "logs",
        "FilterLogEvents",
        resource="the functions' log groups",
        when="after a second without email and audit record, and after a failure",
    ),
    _of_service(
        "sqs",
        "GetQueueAttributes",
        "ReceiveMessage",
        "DeleteMessageBatch",
        "ChangeMessageVisibilityBatch",
        resource="the queues and dead-letter queues",
        when="after a failure, to read and remove dead letters of the order",
        # Batch operations have the actions of single ones.
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
        actions=(
            "GetQueueAttributes",
            "ReceiveMessage",
            "DeleteMessage",
            "ChangeMessageVisibility",
        ),
    ),
    _of_service(
        "execute-api",
        resource="the API's stage and `POST /orders`",
        when="`auth: iam`",
        actions=("Invoke",),
    ),
    _of_service(
        "apigateway",
        "GetUsagePlans",
        "GetUsagePlanKeys",
        "GetApiKey",
        resource="`/usageplans`, `/usageplans/*/keys`, `/apikeys/*`",
        when="`auth: apiKey` without `--credentials`",
        actions=("GET",),
    ),
)


def generate(page: str) -> str:
    """Return the page with its table generated anew."""
    rows = [
        (", ".join(f"`{action}`" for action in each.actions), each.resource, each.when)
        for each in PERMISSIONS
    ]
    table = markdown.table(("actions", "resources", "when"), rows)
    return markdown.fill(page, {"permissions": table})


if __name__ == "__main__":
    markdown.run("release.smoke_permissions", ROOT / "docs" / "smoke-test.md", generate)
