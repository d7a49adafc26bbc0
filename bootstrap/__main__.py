"""What an account needs before GitHub deploys the stacks: run once, with an administrator's key."""

import sys
from pathlib import Path

# The engine runs this folder alone; its modules share code with the repository's others.
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pulumi
import pulumi_aws as aws

from bootstrap import config, trust
from bootstrap.environments import boundary_name, environments
from bootstrap.github_role import GitHubRole, GitHubRoleArgs
from bootstrap.permissions import Scope
from bootstrap.state_backend import StateBackend, StateBackendArgs
from infra.naming import tag_resources

settings = config.load()
project = config.project_name(ROOT)
config.check_names(settings, project)
region = aws.get_region().region
tag_resources()

provider_arn = settings.oidc_provider_arn or trust.create_provider("github").arn
state = None
if settings.state_backend == "s3":
    state = StateBackend("state-backend", StateBackendArgs(project=project, region=region))

account = Scope(
    partition=aws.get_partition().partition,
    account=aws.get_caller_identity().account_id,
    regions=settings.regions or [region],
    home_region=region,
    project=project,
    stacks=settings.stacks,
    hosted_zone_ids=settings.hosted_zone_ids,
    secret_arns=settings.secret_arns,
)
role_arns, boundary_arns, backend_urls, secrets_providers = {}, {}, {}, {}
for environment in environments(settings, account):
    name = environment.name
    if environment.scope.boundary_arn:
        boundary_arns[name] = aws.iam.Policy(
            f"{name}-boundary",
            name=boundary_name(project, name),
            policy=pulumi.Output.json_dumps(environment.boundary),
        ).arn
    role = GitHubRole(
        name,
        GitHubRoleArgs(
            project=project,
            repository=settings.repository,
            environment=name,
            provider_arn=provider_arn,
            session_seconds=environment.session_seconds,
            documents=environment.documents,
            state=state.statements(environment.stacks, write=environment.deploys) if state else [],
        ),
    )
    role_arns[name] = role.arn
    if state:
        backend_urls[name] = state.url(environment.stacks[0])
    if state and environment.deploys:
        secrets_providers[name] = state.secrets_provider(environment.stacks[0])

pulumi.export("oidcProviderArn", provider_arn)
pulumi.export("roleArns", role_arns)
pulumi.export("permissionsBoundaryArns", boundary_arns)
if state:
    pulumi.export("backendUrls", backend_urls)
    pulumi.export("secretsProviders", secrets_providers)
