"""IAM actions of the preflight checks, by service and operation: all of them only read."""

from collections.abc import Mapping
from typing import Final

# Services are named as in boto3. Where a role lacks an action, its check is "not checked".
# `sts:GetCallerIdentity` is not among them, because everybody may call it:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
ACTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("account", "GetRegionOptStatus"): "account:GetRegionOptStatus",
    ("acm", "DescribeCertificate"): "acm:DescribeCertificate",
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
    ("apigateway", "GetAccount"): "apigateway:GET",
    ("apigateway", "GetRestApis"): "apigateway:GET",
    ("apigateway", "GetUsagePlans"): "apigateway:GET",
    ("dynamodb", "ListTables"): "dynamodb:ListTables",
    ("ec2", "DescribeSubnets"): "ec2:DescribeSubnets",
    ("ec2", "DescribeVpcAttribute"): "ec2:DescribeVpcAttribute",
    ("ec2", "DescribeVpcEndpointServices"): "ec2:DescribeVpcEndpointServices",
    ("ec2", "DescribeVpcEndpoints"): "ec2:DescribeVpcEndpoints",
    ("iam", "GetAccountSummary"): "iam:GetAccountSummary",
    ("iam", "GetPolicy"): "iam:GetPolicy",
    ("iam", "ListRoles"): "iam:ListRoles",
    ("lambda", "GetAccountSettings"): "lambda:GetAccountSettings",
    ("lambda", "GetFunctionConcurrency"): "lambda:GetFunctionConcurrency",
    ("route53", "GetHealthCheck"): "route53:GetHealthCheck",
    ("route53", "GetHostedZone"): "route53:GetHostedZone",
    ("secretsmanager", "DescribeSecret"): "secretsmanager:DescribeSecret",
    ("service-quotas", "GetAWSDefaultServiceQuota"): "servicequotas:GetAWSDefaultServiceQuota",
    ("service-quotas", "GetServiceQuota"): "servicequotas:GetServiceQuota",
    ("sesv2", "GetAccount"): "ses:GetAccount",
    ("sesv2", "GetEmailIdentity"): "ses:GetEmailIdentity",
    ("sns", "GetSMSAttributes"): "sns:GetSMSAttributes",
    ("sns", "GetSMSSandboxAccountStatus"): "sns:GetSMSSandboxAccountStatus",
    ("sns", "ListSMSSandboxPhoneNumbers"): "sns:ListSMSSandboxPhoneNumbers",
    ("sns", "ListSubscriptionsByTopic"): "sns:ListSubscriptionsByTopic",
    ("sns", "ListTopics"): "sns:ListTopics",
    ("xray", "GetSamplingRules"): "xray:GetSamplingRules",
}
