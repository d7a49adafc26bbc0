"""Names, ARNs and tags of deployed resources."""

from typing import Final

import pulumi
import pulumi_aws as aws

# Suffixes that more than one module uses.
ORDER_EVENTS: Final = "order-events"
OPS_ALERTS: Final = "ops-alerts"
OPS_WARNINGS: Final = "ops-warnings"

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LONGEST_ROLE: Final = 64
# "ap-southeast-1"; no region has a longer name.
LONGEST_REGION: Final = 14
# The provider appends 26 characters: https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucket/
LONGEST_BUCKET_PREFIX: Final = 37


def resource_name(suffix: str) -> str:
    """Return the deployed name of a resource: `<project>-<stack>-<suffix>`."""
    return f"{pulumi.get_project()}-{pulumi.get_stack()}-{suffix}"


def global_resource_name(suffix: str) -> pulumi.Output[str]:
    """Return the deployed name of a resource without a region, such as an IAM role."""
    return pulumi.Output.format("{0}-{1}", resource_name(suffix), aws.get_region_output().region)


def bucket_prefix(suffix: str) -> str:
    """Return the start of a bucket's name, which ends at random: nobody else can have taken it.

    It is `<project>-<stack>-<suffix>-` in lower case; AWS allows 37 characters of the rest.
    """
    return f"{bucket_start(f'{pulumi.get_project()}-{pulumi.get_stack()}', suffix)}-{suffix}-"


def bucket_start(stack: str, suffix: str) -> str:
    """Return what a bucket's name begins with, for `<project>-<stack>` and the bucket's suffix."""
    start = stack.lower().replace("_", "-").strip("-")
    return start[: LONGEST_BUCKET_PREFIX - len(suffix) - 2]


def arn(service: str, resource: str, *, regional: bool = True) -> pulumi.Output[str]:
    """Return an ARN in the stack's account and region; the resource need not exist yet."""
    partition = aws.get_partition_output().partition
    region = aws.get_region_output().region if regional else ""
    account = aws.get_caller_identity_output().account_id
    return pulumi.Output.format(
        "arn:{0}:{1}:{2}:{3}:{4}", partition, service, region, account, resource
    )


def function_log_group_name(package: str) -> str:
    """Return the name of a function's log group."""
    return f"/aws/lambda/{resource_name(package)}"


def access_log_group_name(gateway: str) -> str:
    """Return the name of a gateway's access log group; a stack that changes `gateway` has both.

    Names that start with /aws/vendedlogs/ do not count towards the limit of resource policies.
    """
    return f"/aws/vendedlogs/{resource_name({'http': 'api', 'rest': 'rest-api'}[gateway])}"


def execution_log_group_name(api_id: str) -> str:
    """Return the name that API Gateway gives the log group of a REST API's stage.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    return f"API-Gateway-Execution-Logs_{api_id}/{pulumi.get_stack()}"


def bound_roles(policy_arn: str) -> None:
    """Give every role a permissions boundary, which limits what its policies allow.

    Call it before the first resource is created.
    """

    def bound(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "aws:iam/role:Role":
            return None
        props = {**args.props, "permissions_boundary": policy_arn}
        return pulumi.ResourceTransformationResult(props, args.opts)

    pulumi.runtime.register_stack_transformation(bound)


def tag_resources() -> None:
    """Tag every resource with project, environment (the stack's name) and managed-by.

    Call it before the first resource is created.
    """
    tags = {
        "project": pulumi.get_project(),
        "environment": pulumi.get_stack(),
        "managed-by": "pulumi",
    }

    def tag(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        # Classes of resources that AWS can tag have this property.
        if not isinstance(args.resource, pulumi.CustomResource) or not hasattr(
            type(args.resource), "tags"
        ):
            return None
        return pulumi.ResourceTransformationResult({**args.props, "tags": tags}, args.opts)

    pulumi.runtime.register_stack_transformation(tag)
