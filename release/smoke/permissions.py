"""IAM actions of the smoke test; `python -m release.smoke.permissions --write` or `--check`.

docs/smoke-test.md has the table.
"""

from __future__ import annotations

from typing import Final

from release.permissions import of_service, table
from tooling import markdown
from tooling.root import ROOT

PERMISSIONS: Final = (
    of_service("sts", "GetCallerIdentity", resource="`*`", use="always"),
    of_service(
        "dynamodb",
        "GetItem",
        "DeleteItem",
        "BatchGetItem",
        "UpdateItem",
        "PutItem",
        resource="the three tables",
        use="always; `PutItem` and `UpdateItem` for markers and the hourly counter",
    ),
    of_service("dynamodb", "Query", resource="the audit table and its index", use="always"),
    of_service(
        "logs",
        "FilterLogEvents",
        resource="the functions' log groups",
        use="after a second without email and audit record, and after a failure",
    ),
    of_service(
        "sqs",
        "GetQueueAttributes",
        "ReceiveMessage",
        "DeleteMessageBatch",
        "ChangeMessageVisibilityBatch",
        resource="the queues and dead-letter queues",
        use="after a failure, to read and remove dead letters of the order",
        # Batch operations have the actions of single ones.
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
        actions=(
            "GetQueueAttributes",
            "ReceiveMessage",
            "DeleteMessage",
            "ChangeMessageVisibility",
        ),
    ),
    of_service(
        "execute-api",
        resource="the API's stage and `POST /orders`",
        use="`auth: iam`",
        actions=("Invoke",),
    ),
    of_service(
        "apigateway",
        "GetUsagePlans",
        "GetUsagePlanKeys",
        "GetApiKey",
        resource="`/usageplans`, `/usageplans/*/keys`, `/apikeys/*`",
        use="`auth: apiKey` without `--credentials`",
        actions=("GET",),
    ),
)


def generate(page: str) -> str:
    """Return the page with its table generated anew."""
    return markdown.fill(page, {"permissions": table(PERMISSIONS, "when")})


if __name__ == "__main__":
    markdown.run("release.smoke.permissions", ROOT / "docs" / "smoke-test.md", generate)
