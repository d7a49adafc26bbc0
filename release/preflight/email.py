"""SES: sandbox, sending quota and the sender's identity; or the secret of an SMTP server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from release.preflight.finding import failed, increase, not_checked, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding

SANDBOX: Final = "SES sandbox"
QUOTA: Final = "SES sending quota"
SENDER: Final = "sender"
SECRET: Final = "SMTP secret"  # noqa: S105 (the name of a check)

PRODUCTION_ACCESS: Final = (
    "Ask for production access: aws sesv2 put-account-details --production-access-enabled "
    "--mail-type TRANSACTIONAL --website-url <your website>"
)
_HOURS_PER_DAY: Final = 24
_SECONDS_PER_HOUR: Final = 3600


def account(target: Target) -> Findings:
    """Check the account's access to recipients, and its quota for the configured volume."""
    response = target.client("sesv2").get_account()
    yield sandbox(response)
    yield quota(response.get("SendQuota", {}), target.config.alarms.emails_per_hour)


def sandbox(response: Mapping[str, Any]) -> Finding:
    """Judge `GetAccount`: in the sandbox, SES sends to verified recipients only."""
    status = response.get("EnforcementStatus", "HEALTHY")
    if not response.get("SendingEnabled", True) or status == "SHUTDOWN":
        return failed(
            SANDBOX,
            "SES has paused the account's sending.",
            "Reply to the case that AWS has opened.",
        )
    if not response.get("ProductionAccessEnabled"):
        review = response.get("Details", {}).get("ReviewDetails", {}).get("Status")
        pending = " A request is under review." if review == "PENDING" else ""
        detail = f"the account is in the sandbox: emails reach verified recipients only.{pending}"
        return warning(SANDBOX, detail, PRODUCTION_ACCESS)
    if status != "HEALTHY":
        detail = f"the account may send to all recipients, and its status is {status}."
        return warning(SANDBOX, detail, "Look at bounces and complaints in the SES console.")
    return ok(SANDBOX, "the account may send to all recipients.")


def quota(send_quota: Mapping[str, float], emails_per_hour: int) -> Finding:
    """Compare the quota with `alarms.emailsPerHour`, the volume that the stack takes for normal."""
    if not send_quota:
        return not_checked(QUOTA, "the response of SES has no quota.")
    per_day, per_second = send_quota["Max24HourSend"], send_quota["MaxSendRate"]
    # -1 is no limit: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendQuota.html
    unlimited = per_day < 0
    detail = (
        f"{'no limit of' if unlimited else f'{per_day:.0f}'} emails in 24 hours, "
        f"{per_second:.0f} a second; alarms.emailsPerHour is {emails_per_hour}."
    )
    enough_a_day = unlimited or emails_per_hour * _HOURS_PER_DAY <= per_day
    if enough_a_day and emails_per_hour <= per_second * _SECONDS_PER_HOUR:
        return ok(QUOTA, detail)
    return warning(
        QUOTA,
        f"{detail} The quota ends before the warning about the volume.",
        "Lower alarms.emailsPerHour, or ask for more: "
        f"{increase('ses', 'L-804C8AE8', emails_per_hour * _HOURS_PER_DAY)}",
    )


def sender(target: Target) -> Findings:
    """Check that the sender's identity is verified, or that the stack can create it."""
    if not target.stack.sender_known:
        yield not_checked(SENDER, "emailFrom is missing.")
    elif target.config.email_identity == "existing":
        yield existing_identity(target.client("sesv2"), target.config.email_from)
    else:
        yield created_identity(target)


def existing_identity(ses: Any, address: str) -> Finding:
    """Return whether the address, its domain or a parent domain is verified."""
    unverified = []
    for identity in _identities(address):
        response = _identity(ses, identity)
        if response and response.get("VerifiedForSendingStatus"):
            return ok(SENDER, f"{identity} is verified for {address}.")
        if response:
            unverified.append(f"{identity} is {response.get('VerificationStatus', 'not verified')}")
    if unverified:
        detail = f"{', '.join(unverified)}, so SES refuses emails from {address}."
        step = "Open the link in the email from AWS, or publish the domain's DKIM records."
        return failed(SENDER, detail, step)
    return failed(
        SENDER,
        f"SES has no identity for {address}.",
        "Set emailIdentity to address or domain, or create it: aws sesv2 create-email-identity "
        f"--email-identity {address.rpartition('@')[2]}",
    )


def created_identity(target: Target) -> Finding:
    """Return whether the stack can create the identity: nothing else may have done so."""
    config = target.config
    address = config.email_from
    identity = address if config.email_identity == "address" else address.rpartition("@")[2]
    response = _identity(target.client("sesv2"), identity)
    if response is None:
        step = "After that, verify it: docs/production.md#ses-the-sender-and-the-sandbox"
        return ok(SENDER, f"the deployment creates the identity {identity}.", step)
    if not target.owns(response.get("Tags", [])):
        detail = f"the identity {identity} exists, and is not this stack's."
        return failed(SENDER, detail, "Set emailIdentity to existing.")
    if response.get("VerifiedForSendingStatus"):
        return ok(SENDER, f"{identity} is verified.")
    detail = f"{identity}, which the stack has created, is not verified yet."
    step = "Open the link in the email from AWS, or publish the output sesDkimTokens in DNS."
    return warning(SENDER, detail, step)


def secret(target: Target) -> Findings:
    """Check that the secret of the SMTP server exists; its value is not read."""
    smtp = target.config.smtp
    if smtp is None:
        return
    try:
        response = target.client("secretsmanager").describe_secret(SecretId=smtp.secret_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        yield failed(
            SECRET, f"there is no secret {smtp.secret_arn}.", "Create it, or correct smtp."
        )
        return
    name = response["Name"]
    if response.get("DeletedDate"):
        step = f"Restore it: aws secretsmanager restore-secret --secret-id {name}"
        yield failed(SECRET, f"{name} is scheduled for deletion.", step)
    elif not response.get("KmsKeyId", "alias/aws/").startswith("alias/aws/"):
        detail = f"{name} is encrypted with the key {response['KmsKeyId']}."
        step = "If it is a customer managed key, its policy has to allow the email function."
        yield warning(SECRET, detail, step)
    else:
        yield ok(SECRET, f"{name} exists.")


def _identities(address: str) -> Iterator[str]:
    """Yield the address, its domain, and the domains above, from which SES may send as well."""
    yield address
    labels = address.rpartition("@")[2].split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])


def _identity(ses: Any, name: str) -> Mapping[str, Any] | None:
    try:
        response: Mapping[str, Any] = ses.get_email_identity(EmailIdentity=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
    return response
