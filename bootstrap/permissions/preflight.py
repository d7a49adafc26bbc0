"""Permissions for `make preflight`, which the roles that only read have as well.

A test compares them with release/preflight/actions.py. They include what resource types have as
well, so that this policy alone is enough for the command.
"""

from typing import Final

from bootstrap.permissions.arns import FUNCTIONS, IDENTITIES, TOPICS, VPCS
from bootstrap.permissions.grant import Grant, arn

PREFLIGHT: Final[tuple[Grant, ...]] = (
    Grant(
        read=(
            "dynamodb:ListTables",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcEndpointServices",
            "ec2:DescribeVpcEndpoints",
            "iam:GetAccountSummary",
            "iam:ListRoles",
            "lambda:GetAccountSettings",
            "servicequotas:GetAWSDefaultServiceQuota",
            "servicequotas:GetServiceQuota",
            "ses:GetAccount",
            "sns:GetSMSAttributes",
            "sns:GetSMSSandboxAccountStatus",
            "sns:ListSMSSandboxPhoneNumbers",
            "sns:ListTopics",
            "xray:GetSamplingRules",
        ),
    ),
    Grant(
        on=(arn("account", "account", regional=False),),
        read=("account:GetRegionOptStatus",),
    ),
    # The certificate, the boundary, the VPC, the sender and the health check are not the stack's.
    Grant(on=(arn("acm", "certificate/*"),), read=("acm:DescribeCertificate",)),
    Grant(on=(arn("iam", "policy/*", regional=False),), read=("iam:GetPolicy",)),
    Grant(on=(VPCS,), read=("ec2:DescribeVpcAttribute",)),
    Grant(on=(IDENTITIES,), read=("ses:GetEmailIdentity",)),
    Grant(
        on=(arn("route53", "healthcheck/*", regional=False, account=False),),
        read=("route53:GetHealthCheck",),
    ),
    Grant(
        on=(arn("route53", "hostedzone/{zone}", regional=False, account=False),),
        read=("route53:GetHostedZone",),
    ),
    Grant(on=("{secret}",), read=("secretsmanager:DescribeSecret",)),
    Grant(on=(FUNCTIONS,), read=("lambda:GetFunctionConcurrency",)),
    Grant(on=(TOPICS,), read=("sns:ListSubscriptionsByTopic",)),
    # The list of usage plans holds no API key; those of their keys do.
    Grant(
        on=tuple(
            arn("apigateway", path, account=False)
            for path in ("/account", "/restapis", "/usageplans")
        ),
        read=("apigateway:GET",),
    ),
)
