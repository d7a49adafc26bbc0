"""IAM actions of `record`, `canary` and `rollback`.

`python -m release.versions.permissions --write` or `--check`: docs/canary.md has the table.
"""

from __future__ import annotations

from typing import Final

from release.permissions import of_service, table
from tooling import markdown
from tooling.root import ROOT

# Each action is named like its operation.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
PERMISSIONS: Final = (
    of_service(
        "lambda",
        "GetAlias",
        "CreateAlias",
        "UpdateAlias",
        resource="the functions",
        use="reading and moving `live`, writing `previous`",
    ),
    of_service(
        "lambda",
        "ListVersionsByFunction",
        resource="the functions",
        use="`rollback --to`, and the sentence that suggests it",
    ),
    of_service(
        "cloudwatch",
        "DescribeAlarms",
        resource="`*`: the alarms of a stack are found among all",
        use="judging a canary",
    ),
    of_service(
        "cloudwatch",
        "GetMetricStatistics",
        resource="`*`: it has no resources",
        use="the number of invocations of a new version; without it a canary reports that it could "
        "not be read",
    ),
)


def generate(page: str) -> str:
    """Return the page with its table generated anew."""
    return markdown.fill(page, {"permissions": table(PERMISSIONS, "for")})


if __name__ == "__main__":
    markdown.run("release.versions.permissions", ROOT / "docs" / "canary.md", generate)
