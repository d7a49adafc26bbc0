"""The credentials, and the account and the region that they are for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from orderctl.cli_support import aws_error
from release.preflight.finding import Finding

if TYPE_CHECKING:
    from release.preflight.planned import PlannedStack

NAME: Final = "credentials"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who calls AWS."""

    arn: str
    account: str

    @property
    def partition(self) -> str:
        """The partition, such as `aws` or `aws-cn`."""
        return self.arn.split(":")[1]


def identify(sts: Any) -> Identity:
    """Return who calls AWS.

    Raises:
        ClientError: the credentials are not valid in this region.
        BotoCoreError: there are none, or AWS cannot be reached.
    """
    response = sts.get_caller_identity()
    return Identity(arn=response["Arn"], account=response["Account"])


def accepted(identity: Identity, stack: PlannedStack) -> Finding:
    """Return the finding for valid credentials: the account must be one that the stack allows."""
    allowed = json.loads(stack.file.config.get("aws:allowedAccountIds", "[]"))
    seen = f"account {identity.account} as {identity.arn} in {stack.region}."
    if allowed and identity.account not in allowed:
        return Finding(
            check=NAME,
            state="failed",
            seen=f"{seen} The stack allows {', '.join(allowed)}.",
            next_step="Use credentials for an account in `aws:allowedAccountIds`.",
        )
    return Finding(check=NAME, state="ok", seen=seen)


def refused(error: Exception, region: str) -> Finding:
    """Return the finding for credentials that are missing or not valid."""
    return Finding(
        check=NAME,
        state="failed",
        seen=f"{aws_error(error)}.",
        next_step="Sign in (aws sso login). A region may have to be enabled: "
        f"aws account get-region-opt-status --region-name {region}",
    )
