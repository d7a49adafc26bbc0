"""The IAM role that the jobs of a GitHub environment assume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from bootstrap.trust import trust_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bootstrap.permissions.documents import Document


@dataclass(frozen=True, kw_only=True)
class GitHubRoleArgs:
    """An environment of a repository, and what its jobs may do."""

    project: str
    repository: str
    environment: str
    provider_arn: pulumi.Input[str]
    session_seconds: int
    """The longest session, as `role-duration-seconds` of the workflow."""

    documents: Mapping[str, Document]
    """Managed policies by the last part of their names."""

    state: Sequence[Mapping[str, Any]]
    """Statements for the state backend; none where Pulumi Cloud is the backend."""


class GitHubRole(pulumi.ComponentResource):
    """A role without a path and with a name that no deploy policy covers: `github-...`."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: GitHubRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:GitHubRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        trust = trust_policy(args.provider_arn, args.repository, args.environment)
        role = aws.iam.Role(
            f"{name}-role",
            name=deployed_name(args.project, args.environment),
            description=f"Jobs of the environment {args.environment} of {args.repository}",
            assume_role_policy=pulumi.Output.json_dumps(trust),
            max_session_duration=args.session_seconds,
            opts=child,
        )
        for section, document in args.documents.items():
            policy = aws.iam.Policy(
                f"{name}-{section}",
                name=deployed_name(args.project, f"{args.environment}-{section}"),
                policy=pulumi.Output.json_dumps(document),
                opts=child,
            )
            aws.iam.RolePolicyAttachment(
                f"{name}-{section}-attachment", role=role.name, policy_arn=policy.arn, opts=child
            )
        if args.state:
            statements = [{"Effect": "Allow", **statement} for statement in args.state]
            aws.iam.RolePolicy(
                f"{name}-state",
                role=role.name,
                name="state",
                policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements}),
                opts=child,
            )
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})


def deployed_name(project: str, suffix: str) -> str:
    """Return the name of a role or policy of the account.

    Names of a stack's resources begin with `<project>-<stack>-`, and a deploy policy covers those
    alone. So no deploy role can change a role or policy with this name.
    """
    return f"github-{project}-{suffix}"
