"""The credentials, and the account and the region that they are for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 (not the builtin one, but the SDK's)
    HTTPClientError,
)

from orderctl.cli_support import aws_error
from release.preflight.finding import failed, ok, warning

if TYPE_CHECKING:
    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding
    from release.preflight.planned import PlannedStack

NAME: Final = "credentials"
REGION: Final = "region"
BOUNDARY: Final = "permissions boundary"


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


def judge_account(identity: Identity, stack: PlannedStack) -> Finding:
    """Return the finding for valid credentials: the account must be one that the stack allows."""
    allowed = json.loads(stack.file.config.get("aws:allowedAccountIds", "[]"))
    detail = f"{identity.arn} in account {identity.account}."
    if allowed and identity.account not in allowed:
        step = "Use credentials for one of them."
        return failed(NAME, f"{detail} The stack allows {', '.join(allowed)} alone.", step)
    return ok(NAME, detail)


def judge_error(error: Exception, region: str) -> Finding:
    """Return the finding for credentials that are missing, not valid, or could not be checked."""
    step = "Sign in, for example with aws sso login."
    if isinstance(error, (ConnectionError, HTTPClientError)):
        step = f"Check the network of this machine, and aws:region, which is {region}."
    if isinstance(error, ClientError):
        # AWS refuses valid credentials in a region that the account has not enabled.
        step += (
            f" {region} may have to be enabled as well: "
            f"aws account get-region-opt-status --region-name {region}"
        )
    return failed(NAME, f"{aws_error(error)}.", step)


def region(target: Target) -> Findings:
    """Check that the account has enabled the stack's region."""
    name = target.stack.region
    response = target.client("account").get_region_opt_status(RegionName=name)
    yield judge_region(name, response["RegionOptStatus"])


def judge_region(name: str, status: str) -> Finding:
    """Judge the status of a region, of which AWS enables the older ones by default."""
    if status in ("ENABLED", "ENABLED_BY_DEFAULT"):
        return ok(REGION, f"{name} is enabled.")
    if status == "ENABLING":
        return warning(REGION, f"{name} is being enabled.", "Wait some minutes.")
    step = f"Run: aws account enable-region --region-name {name}"
    return failed(REGION, f"the status of {name} is {status}.", step)


def boundary(target: Target) -> Findings:
    """Check that the permissions boundary of the stack's roles is a policy of the account."""
    arn = target.config.permissions_boundary
    step = "Set permissionsBoundary to an output of bootstrap: docs/production.md#roles-for-github"
    if (owner := arn.split(":")[4]) != target.account:
        yield failed(BOUNDARY, f"{arn} belongs to account {owner}.", step)
        return
    try:
        target.client("iam").get_policy(PolicyArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        yield failed(BOUNDARY, f"there is no {arn}.", step)
    else:
        yield ok(BOUNDARY, f"{arn} exists.")
