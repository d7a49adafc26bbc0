"""The account's Lambda concurrency, compared with what the stack reserves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from release.preflight.finding import failed, increase, ok, warning

if TYPE_CHECKING:
    from infra.config import StackConfig
    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding

# AWS keeps 100 executions unreserved.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
UNRESERVED: Final = 100

# New accounts may have less than the default quota of 1,000.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
DEFAULT_LIMIT: Final = 1000

NAME: Final = "account concurrency"
_QUOTA: Final = ("lambda", "L-B99A9384")


def run(target: Target) -> Findings:
    """Compare the account's unreserved concurrency with the stack's reservations."""
    functions = target.client("lambda")
    limits = functions.get_account_settings()["AccountLimit"]
    reserved = {
        name: _reserved(functions, f"{target.prefix}{name}")
        for name in sorted(target.config.function_names)
    }
    yield judge(
        limit=limits["ConcurrentExecutions"],
        unreserved=limits["UnreservedConcurrentExecutions"],
        deployed=sum(reserved.values()),
        needed=executions(target.config),
    )


def executions(config: StackConfig) -> int:
    """Return the executions that a stack takes from the account's unreserved concurrency.

    Provisioned concurrency of a function counts towards its reserved concurrency, if it has one.
    https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
    """
    provisioned = {name: capacity.max for name, capacity in config.provisioned_concurrency.items()}
    return sum((provisioned | config.reserved_concurrency).values())


def judge(*, limit: int, unreserved: int, deployed: int, needed: int) -> Finding:
    """Return the finding.

    Args:
        limit: The account's concurrent executions.
        unreserved: Those that no function has reserved.
        deployed: Those that the deployed version of the stack has reserved, which an update frees.
        needed: Those that the stack takes.
    """
    free = unreserved + deployed - UNRESERVED
    detail = (
        f"the stack takes {needed} executions; {max(0, free)} of the account's {limit} can be "
        f"reserved, because AWS keeps {UNRESERVED} unreserved."
    )
    if needed and needed > free:
        wanted = max(DEFAULT_LIMIT, limit + needed - free)
        return failed(NAME, detail, f"Run: {increase(*_QUOTA, wanted)}")
    if limit < DEFAULT_LIMIT:
        detail = f"{detail} The limit is below the default quota of {DEFAULT_LIMIT}."
        return warning(NAME, detail, f"Run: {increase(*_QUOTA, DEFAULT_LIMIT)}")
    return ok(NAME, detail)


def _reserved(functions: Any, name: str) -> int:
    """Return the reserved concurrency of a function; 0 where it is not deployed."""
    try:
        response = functions.get_function_concurrency(FunctionName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return 0
        raise
    return int(response.get("ReservedConcurrentExecutions", 0))
