"""GitHub's OIDC provider, and the trust policies of roles that its tokens may assume."""

from __future__ import annotations

from typing import Any, Final

import pulumi_aws as aws

ISSUER: Final = "token.actions.githubusercontent.com"

# The audience that aws-actions/configure-aws-credentials asks for.
AUDIENCE: Final = "sts.amazonaws.com"


def create_provider(name: str) -> aws.iam.OpenIdConnectProvider:
    """Create GitHub's OIDC provider, of which an account can have one.

    AWS verifies GitHub's certificate without a thumbprint.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """
    return aws.iam.OpenIdConnectProvider(name, url=f"https://{ISSUER}", client_id_lists=[AUDIENCE])


def trust_policy(provider_arn: Any, repository: str, environment: str) -> dict[str, Any]:
    """Return the policy that lets jobs of one repository in one environment assume a role."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": provider_arn},
                "Condition": {
                    "StringEquals": {
                        f"{ISSUER}:aud": AUDIENCE,
                        f"{ISSUER}:sub": f"repo:{repository}:environment:{environment}",
                    }
                },
            }
        ],
    }
