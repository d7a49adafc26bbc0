"""SMS: the sandbox of SNS, the monthly spend limit, and the receivers of alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from release.preflight.finding import failed, ok, warning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding

SANDBOX: Final = "SMS sandbox"
SPEND: Final = "SMS spend limit"

# https://docs.aws.amazon.com/sns/latest/dg/sms_preferences.html
_DEFAULT_SPEND_LIMIT: Final = 1.0


def run(target: Target) -> Findings:
    """Check that SNS may send SMS to the phone numbers in `alerts.phoneNumbers`."""
    sns = target.client("sns")
    verified: dict[str, str] = {}
    in_sandbox = sns.get_sms_sandbox_account_status()["IsInSandbox"]
    if in_sandbox:
        for page in sns.get_paginator("list_sms_sandbox_phone_numbers").paginate():
            verified |= {each["PhoneNumber"]: each["Status"] for each in page["PhoneNumbers"]}
    yield sandbox(target.config.alerts.phone_numbers, verified, in_sandbox=in_sandbox)
    attributes = sns.get_sms_attributes(attributes=["MonthlySpendLimit"]).get("attributes", {})
    yield spend(float(attributes.get("MonthlySpendLimit") or _DEFAULT_SPEND_LIMIT))


def sandbox(numbers: Sequence[str], verified: Mapping[str, str], *, in_sandbox: bool) -> Finding:
    """Judge the sandbox; phone numbers are named by their places in the configuration."""
    if not in_sandbox:
        return ok(SANDBOX, "the account may send SMS to all numbers.")
    missing = [
        f"alerts.phoneNumbers[{place}]"
        for place, number in enumerate(numbers)
        if verified.get(number) != "Verified"
    ]
    if not missing:
        return ok(SANDBOX, f"the account is in the sandbox, and all {len(numbers)} are verified.")
    return failed(
        SANDBOX,
        f"the account is in the sandbox, and {', '.join(missing)} not verified.",
        "Verify each: aws sns create-sms-sandbox-phone-number --phone-number <number>, then "
        "aws sns verify-sms-sandbox-phone-number --phone-number <number> "
        "--one-time-password <code>",
    )


def spend(limit: float) -> Finding:
    """Judge the monthly spend limit in USD, after which SNS sends no SMS until the next month."""
    detail = f"{limit:g} USD a month."
    if limit > _DEFAULT_SPEND_LIMIT:
        return ok(SPEND, detail)
    return warning(
        SPEND,
        f"{detail} That is the default, which a few dozen messages use up.",
        "Ask AWS for a higher limit: docs/production.md#sms-sandbox",
    )
