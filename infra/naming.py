"""What deployed resources are called, and how they are tagged."""

import pulumi


def named(suffix: str) -> str:
    """Return the deployed name of a resource: `<project>-<stack>-<suffix>`, so that stacks share an account."""
    return f"{pulumi.get_project()}-{pulumi.get_stack()}-{suffix}"


def tag_everything() -> None:
    """Tag every resource that can be tagged with project, environment (the stack's name) and managed-by.

    Call it before the first resource.
    """
    tags = {"project": pulumi.get_project(), "environment": pulumi.get_stack(), "managed-by": "pulumi"}

    def tag(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        # The provider gives each resource class that AWS can tag a property of that name.
        if not isinstance(args.resource, pulumi.CustomResource) or not hasattr(type(args.resource), "tags"):
            return None
        return pulumi.ResourceTransformationResult({**args.props, "tags": tags}, args.opts)

    pulumi.runtime.register_stack_transformation(tag)
