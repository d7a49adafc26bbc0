"""Permissions for Lambda functions, their event source mappings and provisioned concurrency."""

from typing import Final

from bootstrap.permissions.arns import FUNCTIONS, ROLES, VPCS
from bootstrap.permissions.grant import Grant, arn

_MAPPING: Final = arn("lambda", "event-source-mapping:*")
_TARGET: Final = arn("application-autoscaling", "scalable-target/*")

# The ID of a mapping is generated, but its function is known.
_OF_FUNCTIONS: Final = {"ArnLike": {"lambda:FunctionArn": (FUNCTIONS,)}}

# Names of scalable targets are generated.
_OF_LAMBDA: Final = {
    "StringEquals": {
        "application-autoscaling:service-namespace": ("lambda",),
        "application-autoscaling:scalable-dimension": ("lambda:function:ProvisionedConcurrency",),
    }
}


def service_linked_role(service: str) -> Grant:
    """Let a service create its service-linked role, which the account has once."""
    return Grant(
        on=(arn("iam", f"role/aws-service-role/{service}/*", regional=False),),
        create=("iam:CreateServiceLinkedRole",),
        condition={"StringEquals": {"iam:AWSServiceName": (service,)}},
    )


TYPES: Final[dict[str, tuple[Grant, ...]]] = {
    "aws:lambda/function:Function": (
        Grant(
            on=(FUNCTIONS,),
            read=(
                "lambda:GetFunction",
                "lambda:GetFunctionCodeSigningConfig",
                "lambda:GetFunctionConcurrency",
                "lambda:GetFunctionConfiguration",
                "lambda:GetFunctionRecursionConfig",
                "lambda:GetRuntimeManagementConfig",
                "lambda:ListTags",
                "lambda:ListVersionsByFunction",
            ),
            create=("lambda:CreateFunction", "lambda:PublishVersion"),
            update=(
                "lambda:DeleteFunctionConcurrency",
                "lambda:PutFunctionConcurrency",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ),
            delete=("lambda:DeleteFunction",),
            tag=("lambda:TagResource", "lambda:UntagResource"),
        ),
        Grant(
            on=(ROLES,),
            create=("iam:PassRole",),
            condition={"StringEquals": {"iam:PassedToService": ("lambda.amazonaws.com",)}},
        ),
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
        Grant(
            create=("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
        ),
        Grant(on=(VPCS,), create=("ec2:GetSecurityGroupsForVpc",)),
    ),
    "aws:lambda/alias:Alias": (
        Grant(
            on=(FUNCTIONS,),
            read=("lambda:GetAlias",),
            create=("lambda:CreateAlias",),
            update=("lambda:UpdateAlias",),
            delete=("lambda:DeleteAlias",),
        ),
    ),
    "aws:lambda/permission:Permission": (
        Grant(
            on=(FUNCTIONS,),
            read=("lambda:GetPolicy",),
            create=("lambda:AddPermission",),
            delete=("lambda:RemovePermission",),
        ),
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": (
        Grant(create=("lambda:CreateEventSourceMapping",), condition=_OF_FUNCTIONS),
        Grant(
            on=(_MAPPING,),
            read=("lambda:GetEventSourceMapping",),
            update=("lambda:UpdateEventSourceMapping",),
            delete=("lambda:DeleteEventSourceMapping",),
            condition=_OF_FUNCTIONS,
        ),
        # No condition key of these names the function.
        Grant(
            on=(_MAPPING,),
            read=("lambda:ListTags",),
            tag=("lambda:TagResource", "lambda:UntagResource"),
        ),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        Grant(
            on=(FUNCTIONS,),
            read=("lambda:GetProvisionedConcurrencyConfig",),
            create=("lambda:PutProvisionedConcurrencyConfig",),
            delete=("lambda:DeleteProvisionedConcurrencyConfig",),
        ),
    ),
    "aws:appautoscaling/target:Target": (
        Grant(read=("application-autoscaling:DescribeScalableTargets",)),
        Grant(
            on=(_TARGET,),
            create=("application-autoscaling:RegisterScalableTarget",),
            delete=("application-autoscaling:DeregisterScalableTarget",),
            condition=_OF_LAMBDA,
        ),
        Grant(
            on=(_TARGET,),
            read=("application-autoscaling:ListTagsForResource",),
            tag=("application-autoscaling:TagResource", "application-autoscaling:UntagResource"),
        ),
        service_linked_role("lambda.application-autoscaling.amazonaws.com"),
    ),
    "aws:appautoscaling/policy:Policy": (
        Grant(read=("application-autoscaling:DescribeScalingPolicies",)),
        Grant(
            on=(_TARGET,),
            create=("application-autoscaling:PutScalingPolicy",),
            delete=("application-autoscaling:DeleteScalingPolicy",),
            condition=_OF_LAMBDA,
        ),
        # Target tracking creates alarms with the caller's permissions.
        # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_service-with-iam.html
        Grant(
            on=(arn("cloudwatch", "alarm:TargetTracking-function:{prefix}-*"),),
            read=("cloudwatch:DescribeAlarms",),
            create=("cloudwatch:PutMetricAlarm",),
            delete=("cloudwatch:DeleteAlarms",),
        ),
    ),
}
