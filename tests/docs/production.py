"""Generated parts of docs/production.md: the report in a new account, and the IAM actions.

`python -m tests.docs.production --write` brings them up to date.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from release.preflight.actions import ACTIONS
from release.preflight.finding import summary
from tests.infra.support.graph import deployed
from tests.release.preflight.support import planned_stacks
from tests.release.preflight.support.account import HEALTHY, Account, AwsError
from tests.support.stacks import SHIPPED
from tooling import markdown
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE: Final = ROOT / "docs" / "production.md"

_DEFAULTS: Final[Mapping[str, float]] = {
    "L-F98FE922": 2500,
    "L-61103206": 100_000,
    "L-8C0C998A": 25,
}


def _default_quota(call: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Quota": {"Value": float(_DEFAULTS[call["QuotaCode"]]), "Adjustable": True}}


# A new account, as far as it differs from one that is ready for production.
_NEW_ACCOUNT: Final[Mapping[tuple[str, str], Any]] = {
    ("lambda", "GetAccountSettings"): {
        "AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    },
    ("sesv2", "GetAccount"): {
        **HEALTHY["sesv2", "GetAccount"],
        "ProductionAccessEnabled": False,
        "SendQuota": {"Max24HourSend": 200, "MaxSendRate": 1},
    },
    ("sesv2", "GetEmailIdentity"): AwsError("NotFoundException"),
    ("dynamodb", "ListTables"): {"TableNames": []},
    ("iam", "GetAccountSummary"): {"SummaryMap": {"Roles": 4, "RolesQuota": 1000}},
    ("xray", "GetSamplingRules"): {"SamplingRuleRecords": []},
    ("service-quotas", "GetAWSDefaultServiceQuota"): _default_quota,
}


def generate(page: str) -> str:
    """The page with its generated parts."""
    actions = ", ".join(f"`{action}`" for action in sorted(set(ACTIONS.values())))
    parts = {
        "report": f"```text\n{_report()}```\n",
        "actions": f"{textwrap.fill(actions, 100, break_on_hyphens=False)}\n",
    }
    return markdown.fill(page, parts)


def _report() -> str:
    """What preflight prints about `prod`, with values of its owner, in a new account."""
    stack = planned_stacks.with_resources(
        SHIPPED["prod"],
        planned_stacks.of_graph(deployed(SHIPPED["prod"])).resources,
        emailIdentity="domain",
        reservedConcurrency={"orders": 100},
        alerts={"emails": ["ops@shop-orders.net"]},
        warnings={"emails": ["dev@shop-orders.net"]},
    )
    findings = planned_stacks.check(stack, Account(_NEW_ACCOUNT))
    lines = [*(each.line for each in findings), f"prod: {summary(findings)}."]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    markdown.run("tests.docs.production", PAGE, generate)
