"""The checks of SES, an SMTP server and SMS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.release.preflight.support.account import ACCOUNT, HEALTHY, AwsError
from tests.release.preflight.support.cases import Case, case_id, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

_GET_ACCOUNT: Final = ("sesv2", "GetAccount")
_SES: Final = HEALTHY[_GET_ACCOUNT]
_IDENTITY: Final = ("sesv2", "GetEmailIdentity")
_SECRET: Final = ("secretsmanager", "DescribeSecret")
_TAGS: Final = [
    {"Key": "project", "Value": "order-processing"},
    {"Key": "environment", "Value": "prod"},
]
_SMTP: Final = {
    "smtp": {
        "host": "smtp.shop-orders.net",
        "secretArn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:smtp-AbCdEf",
    }
}
_PHONES: Final = {"alerts": {"phoneNumbers": ["+15550100", "+15550101"]}}


def _phone(number: str, status: str) -> Mapping[str, Any]:
    return {"PhoneNumber": number, "Status": status}


_CASES: Final = [
    Case("SES sandbox", "ok", "to all recipients"),
    Case(
        "SES sandbox",
        "warning",
        "put-account-details --production-access-enabled",
        account={_GET_ACCOUNT: {**_SES, "ProductionAccessEnabled": False}},
    ),
    Case(
        "SES sandbox",
        "warning",
        "A request is under review",
        account={
            _GET_ACCOUNT: {
                **_SES,
                "ProductionAccessEnabled": False,
                "Details": {"ReviewDetails": {"Status": "PENDING"}},
            }
        },
    ),
    Case(
        "SES sandbox",
        "failed",
        "has paused",
        account={_GET_ACCOUNT: {**_SES, "EnforcementStatus": "SHUTDOWN"}},
    ),
    Case(
        "SES sandbox",
        "warning",
        "PROBATION",
        account={_GET_ACCOUNT: {**_SES, "EnforcementStatus": "PROBATION"}},
    ),
    Case("SES sending quota", "ok", "alarms.emailsPerHour is 2000"),
    Case(
        "SES sending quota",
        "warning",
        "--desired-value 48000",
        account={_GET_ACCOUNT: {**_SES, "SendQuota": {"Max24HourSend": 200, "MaxSendRate": 1}}},
    ),
    Case(
        "SES sending quota",
        "ok",
        "no limit of emails in 24 hours",
        account={_GET_ACCOUNT: {**_SES, "SendQuota": {"Max24HourSend": -1, "MaxSendRate": 99}}},
    ),
    Case(
        "SES sending quota",
        "warning",
        "1 a second",
        keys={"alarms": {"emailsPerHour": 3601}},
        account={_GET_ACCOUNT: {**_SES, "SendQuota": {"Max24HourSend": -1, "MaxSendRate": 1}}},
    ),
    Case("sender", "ok", "is verified"),
    Case(
        "sender",
        "ok",
        "shop-orders.net is verified for orders@mail.shop-orders.net",
        account={
            _IDENTITY: lambda call: (
                HEALTHY[_IDENTITY]
                if call["EmailIdentity"] == "shop-orders.net"
                else AwsError("NotFoundException")
            )
        },
    ),
    Case(
        "sender",
        "failed",
        "create-email-identity --email-identity mail.shop-orders.net",
        account={_IDENTITY: AwsError("NotFoundException")},
    ),
    Case(
        "sender",
        "failed",
        "orders@mail.shop-orders.net is PENDING",
        account={
            _IDENTITY: {"VerifiedForSendingStatus": False, "VerificationStatus": "PENDING"},
        },
    ),
    Case(
        "sender",
        "ok",
        "creates the identity mail.shop-orders.net",
        keys={"emailIdentity": "domain"},
        account={_IDENTITY: AwsError("NotFoundException")},
    ),
    Case(
        "sender",
        "failed",
        "Set emailIdentity to existing",
        keys={"emailIdentity": "address"},
        account={_IDENTITY: {"VerifiedForSendingStatus": True, "Tags": []}},
    ),
    Case(
        "sender",
        "ok",
        "is verified",
        keys={"emailIdentity": "domain"},
        account={_IDENTITY: {"VerifiedForSendingStatus": True, "Tags": _TAGS}},
    ),
    Case(
        "sender",
        "warning",
        "sesDkimTokens",
        keys={"emailIdentity": "domain"},
        account={_IDENTITY: {"VerifiedForSendingStatus": False, "Tags": _TAGS}},
    ),
    Case("SMTP secret", "ok", "smtp exists", keys=_SMTP),
    Case(
        "SMTP secret",
        "failed",
        "there is no secret",
        keys=_SMTP,
        account={_SECRET: AwsError("ResourceNotFoundException")},
    ),
    Case(
        "SMTP secret",
        "failed",
        "scheduled for deletion",
        keys=_SMTP,
        account={_SECRET: {"Name": "smtp", "DeletedDate": datetime(2026, 1, 1, tzinfo=UTC)}},
    ),
    Case(
        "SMTP secret",
        "warning",
        "customer managed key",
        keys=_SMTP,
        account={_SECRET: {"Name": "smtp", "KmsKeyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"}},
    ),
    Case(
        "SMS sandbox",
        "ok",
        "to all numbers",
        keys=_PHONES,
        account={("sns", "GetSMSSandboxAccountStatus"): {"IsInSandbox": False}},
    ),
    Case(
        "SMS sandbox",
        "ok",
        "all 2 are verified",
        keys=_PHONES,
        account={
            ("sns", "ListSMSSandboxPhoneNumbers"): {
                "PhoneNumbers": [_phone("+15550100", "Verified"), _phone("+15550101", "Verified")]
            }
        },
    ),
    Case(
        "SMS sandbox",
        "failed",
        "alerts.phoneNumbers[0], alerts.phoneNumbers[1] not verified",
        keys=_PHONES,
        account={
            ("sns", "ListSMSSandboxPhoneNumbers"): {
                "PhoneNumbers": [_phone("+15550100", "Pending")]
            }
        },
    ),
    Case("SMS spend limit", "ok", "50 USD", keys=_PHONES),
    Case(
        "SMS spend limit",
        "warning",
        "1 USD",
        keys=_PHONES,
        account={("sns", "GetSMSAttributes"): {"attributes": {}}},
    ),
]


@pytest.mark.parametrize("case", _CASES, ids=case_id)
def test_a_check_reports_what_it_sees(case: Case) -> None:
    """A check has the state that its account calls for, and says what it sees and what to do."""
    verify(case)
