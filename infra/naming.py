"""What deployed resources are called, and how they are tagged."""

from typing import Final

import pulumi
import pulumi_aws as aws

# What is named in more than one place.
ORDER_EVENTS: Final = "order-events"
ORDERS: Final = "orders"
OPS_ALERTS: Final = "ops-alerts"
OPS_WARNINGS: Final = "ops-warnings"

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LONGEST_ROLE: Final = 64
# "ap-southeast-1"; no region has a longer name.
LONGEST_REGION: Final = 14


def named(suffix: str) -> str:
    """Return the deployed name of a resource: `<project>-<stack>-<suffix>`, so that stacks share an account."""
    return f"{pulumi.get_project()}-{pulumi.get_stack()}-{suffix}"


def globally_named(suffix: str) -> pulumi.Output[str]:
    """Return the deployed name, ending in the region, of a global resource such as an IAM role."""
    return pulumi.Output.format("{0}-{1}", named(suffix), aws.get_region_output().region)


def arn(service: str, resource: str, *, regional: bool = True) -> pulumi.Output[str]:
    """Return an ARN in the stack's account and region, of something that need not exist yet."""
    partition = aws.get_partition_output().partition
    region = aws.get_region_output().region if regional else ""
    account = aws.get_caller_identity_output().account_id
    return pulumi.Output.format(
        "arn:{0}:{1}:{2}:{3}:{4}", partition, service, region, account, resource
    )


def function_log(package: str) -> str:
    """Return the name of a function's log group."""
    return f"/aws/lambda/{named(package)}"


def access_log(gateway: str) -> str:
    """Return the name of the log group of a gateway, `http` or `rest`; a stack that changes has both for a moment.

    Below /aws/vendedlogs/ the permission to write does not count towards the account's resource policy limit.
    """
    return f"/aws/vendedlogs/{named({'http': 'api', 'rest': 'rest-api'}[gateway])}"


def execution_log(api_id: str) -> str:
    """Return the name of the log group into which API Gateway writes what a REST API's only stage does.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    return f"API-Gateway-Execution-Logs_{api_id}/{pulumi.get_stack()}"


def tag_everything() -> None:
    """Tag every resource that can be tagged with project, environment (the stack's name) and managed-by.

    Call it before the first resource.
    """
    tags = {
        "project": pulumi.get_project(),
        "environment": pulumi.get_stack(),
        "managed-by": "pulumi",
    }

    def tag(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        # The provider gives each resource class that AWS can tag a property of that name.
        if not isinstance(args.resource, pulumi.CustomResource) or not hasattr(
            type(args.resource), "tags"
        ):
            return None
        return pulumi.ResourceTransformationResult({**args.props, "tags": tags}, args.opts)

    pulumi.runtime.register_stack_transformation(tag)
