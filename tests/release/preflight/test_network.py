"""The checks of the VPC, its DNS and its VPC endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.release.preflight.support.account import AwsError
from tests.release.preflight.support.cases import Case, case_id, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

_VPC: Final = {
    "vpc": {
        "vpcId": "vpc-0a1b2c3d",
        "subnetIds": ["subnet-0a1b2c3d", "subnet-2"],
        "endpoints": {"routeTableIds": ["rtb-1"]},
    }
}


def _subnet(name: str, zone: str, vpc: str = "vpc-0a1b2c3d") -> Mapping[str, Any]:
    return {"SubnetId": name, "AvailabilityZone": zone, "VpcId": vpc}


_CASES: Final = [
    Case("subnets", "ok", "2 in vpc-0a1b2c3d, in us-east-1a, us-east-1b", keys=_VPC),
    Case(
        "subnets",
        "failed",
        "has no subnet-2",
        keys=_VPC,
        account={
            ("ec2", "DescribeSubnets"): {"Subnets": [_subnet("subnet-0a1b2c3d", "us-east-1a")]},
        },
    ),
    Case(
        "subnets",
        "failed",
        "has no subnet-0a1b2c3d, subnet-2",
        keys=_VPC,
        account={("ec2", "DescribeSubnets"): AwsError("InvalidSubnetID.Malformed")},
    ),
    Case(
        "subnets",
        "failed",
        "subnet-2 is not in vpc-0a1b2c3d",
        keys=_VPC,
        account={
            ("ec2", "DescribeSubnets"): {
                "Subnets": [
                    _subnet("subnet-0a1b2c3d", "us-east-1a"),
                    _subnet("subnet-2", "us-east-1b", "vpc-9"),
                ]
            },
        },
    ),
    Case(
        "subnets",
        "warning",
        "Add one of another zone",
        keys=_VPC,
        account={
            ("ec2", "DescribeSubnets"): {
                "Subnets": [
                    _subnet("subnet-0a1b2c3d", "us-east-1a"),
                    _subnet("subnet-2", "us-east-1a"),
                ]
            },
        },
    ),
    Case("DNS of the VPC", "ok", "resolves private names", keys=_VPC),
    Case(
        "DNS of the VPC",
        "failed",
        "--enable-dns-hostnames",
        keys=_VPC,
        account={
            ("ec2", "DescribeVpcAttribute"): lambda call: {
                "EnableDnsSupport": {"Value": True},
                "EnableDnsHostnames": {"Value": call["Attribute"] != "enableDnsHostnames"},
            }
        },
    ),
]


@pytest.mark.parametrize("case", _CASES, ids=case_id)
def test_a_check_reports_what_it_sees(case: Case) -> None:
    """A check has the state that its account calls for, and says what it sees and what to do."""
    verify(case)
