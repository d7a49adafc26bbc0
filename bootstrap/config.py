"""Configuration of the bootstrap program: every key with its type, default and description."""

import itertools
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import Field, ValidationError

from bootstrap.permissions.grant import bucket_pattern
from infra.config.errors import ConfigError, sentence
from infra.config.load import decode, stack_values
from infra.config.objects import ConfigObject
from infra.config.stack_file import duplicates_in_running_stack, file_name
from infra.config.values import SecretArn, UniqueList, ZoneId, matching
from infra.naming import bucket_start

# Environments of GitHub that belong to no single stack.
PREVIEW: Final = "preview"
DRIFT: Final = "drift"
PULL_REQUEST: Final = "pull-request"

# The stacks of pull requests.
PULL_REQUEST_STACKS: Final = "pr-*"

# With more, a policy could exceed the size that IAM allows.
MOST_STACKS: Final = 6
MOST_HOSTED_ZONES: Final = 20
MOST_SECRETS: Final = 10

# Tokens of repositories that were created, renamed or transferred after 15 July 2026 have IDs in
# their subject: https://docs.github.com/en/actions/reference/security/oidc
Repository = Annotated[
    str,
    matching(
        r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+|[A-Za-z0-9-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+",
        "OWNER/NAME or OWNER@ID/NAME@ID of the GitHub repository, as the subject of its tokens has "
        "it",
    ),
]
StackName = Annotated[
    str, matching(r"[A-Za-z0-9_-]+", "the name of a stack: letters, digits, '-' and '_'")
]
ProviderArn = Annotated[
    str,
    matching(r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/\S+", "the ARN of an IAM OIDC provider"),
]
Region = Annotated[
    str, matching(r"[a-z]{2}(-[a-z]+)+-[0-9]", "the name of an AWS region, such as us-east-1")
]


class BootstrapConfig(ConfigObject):
    """What the account is prepared for."""

    repository: Repository = Field(
        description="The GitHub repository whose workflows get the roles: `OWNER/NAME`, or "
        "`OWNER@ID/NAME@ID` where its tokens have IDs.",
    )
    stacks: UniqueList[StackName] = Field(
        default=["dev", "staging", "prod"],
        min_length=1,
        max_length=MOST_STACKS,
        description="The stacks in this account. Each gets a role, for the GitHub environment of "
        "its name.",
    )
    preview_stacks: Annotated[UniqueList[StackName], Field(min_length=1)] | None = Field(
        default=None,
        description="The stacks that the role for `preview` can read, and whose secrets it can "
        "decrypt. Default: those in `stacks`.",
    )
    pull_request_stacks: bool = Field(
        default=False,
        description="Whether there is a role for `pull-request`, which deploys stacks named "
        "`pr-*`.",
    )
    oidc_provider_arn: ProviderArn | None = Field(
        default=None,
        description="The account's OIDC provider for GitHub, if it has one already; there can be "
        "one only. Default: it is created.",
    )
    state_backend: Literal["pulumiCloud", "s3"] = Field(
        default="pulumiCloud",
        description="Where Pulumi keeps the stacks' state: in Pulumi Cloud, or in an S3 bucket, "
        "with a KMS key for secrets, which are created.",
    )
    regions: UniqueList[Region] = Field(
        default=[],
        description="The regions that stacks are deployed to. Default: `aws:region`.",
    )
    hosted_zone_ids: UniqueList[ZoneId] = Field(
        default=[],
        max_length=MOST_HOSTED_ZONES,
        description="The hosted zones in which stacks create records: `domain.hostedZoneId`.",
    )
    secret_arns: UniqueList[SecretArn] = Field(
        default=[],
        max_length=MOST_SECRETS,
        description="The secrets that stacks' functions read: `smtp.secretArn`.",
    )
    permissions_boundary: bool = Field(
        default=True,
        description="Whether the roles of stacks need a permissions boundary, which is created; "
        "stacks set it as `permissionsBoundary`.",
    )

    @property
    def previewed(self) -> list[str]:
        """The stacks that the role for `preview` can read."""
        return self.stacks if self.preview_stacks is None else self.preview_stacks


def load() -> BootstrapConfig:
    """Return the running stack's configuration.

    Raises:
        ConfigError: a key is unknown, a value is not allowed, or two keys conflict.
    """
    if duplicates := duplicates_in_running_stack():
        raise ConfigError("\n".join(duplicates))
    return parse(stack_values())


def parse(values: Mapping[str, str]) -> BootstrapConfig:
    """Return the configuration that keys without namespace and their texts make up.

    Raises:
        ConfigError: a key is unknown, a value is not allowed, or two keys conflict.
    """
    source = file_name()
    try:
        config = BootstrapConfig.model_validate(decode(values))
    except ValidationError as error:
        entries = error.errors(include_url=False)
        sentences = [sentence(entry, source, (), BootstrapConfig) for entry in entries]
        raise ConfigError("\n".join(sentences)) from None
    if errors := [f"Configuration: {each} ({source})." for each in _conflicts(config)]:
        raise ConfigError("\n".join(errors))
    return config


def _conflicts(config: BootstrapConfig) -> Iterator[str]:
    """Yield a sentence, without its full stop, for every conflict."""
    reserved = {PREVIEW, DRIFT, PULL_REQUEST}
    # GitHub and S3 do not tell upper from lower case, and a bucket has '-' for '_'.
    # https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
    alike = {name: name.lower().replace("_", "-") for name in config.stacks}
    for name in config.stacks:
        if alike[name] in reserved:
            yield (
                f"'stacks' holds '{name}', which is the GitHub environment of another role; name "
                "the stack differently"
            )
        # The pattern of a stack `pr` would match the stacks of pull requests, and theirs match it.
        if config.pull_request_stacks and f"{alike[name]}-".startswith(PULL_REQUEST_STACKS[:-1]):
            yield (
                f"'stacks' holds '{name}', which the role of 'pullRequestStacks' could change; "
                "allowed are names other than 'pr' that do not start with "
                f"'{PULL_REQUEST_STACKS[:-1]}'"
            )
    yield from (
        f"'stacks' holds '{short}' and '{long}', whose names of resources begin alike, so that the "
        f"role of '{short}' could change '{long}'; rename one of them"
        for short in config.stacks
        for long in config.stacks
        if long.lower().startswith(f"{short.lower()}-")
        or (short < long and alike[short] == alike[long])
    )
    if unknown := sorted(set(config.previewed) - set(config.stacks)):
        yield f"'previewStacks' holds {', '.join(unknown)}, which 'stacks' does not; add it there"


def check_names(config: BootstrapConfig, project: str) -> None:
    """Refuse stacks that patterns of names cannot tell apart in this project.

    Raises:
        ConfigError: the names of buckets are shortened to the same, or a stack's names begin as
            those of the roles for GitHub.
    """
    pull_requests = [PULL_REQUEST_STACKS] if config.pull_request_stacks else []
    for name, other in itertools.permutations([*config.stacks, *pull_requests], 2):
        bucket = f"{bucket_start(f'{project}-{name}', 'web')}-web-1"
        if fnmatchcase(bucket, bucket_pattern(f"{project}-{other}")):
            raise ConfigError(
                f"The role of '{other}' could change the bucket of '{name}', because the names of "
                f"their buckets are shortened; shorten the project's name '{project}'."
            )
    for name in config.stacks:
        if f"github-{project}-".startswith(f"{project}-{name}-"):
            raise ConfigError(
                f"The role of the stack '{name}' could change the roles for GitHub, whose names "
                f"begin with 'github-{project}-'; rename the stack."
            )


def project_name(root: Path) -> str:
    """Return the name of the project whose stacks are deployed.

    Raises:
        ConfigError: its Pulumi.yaml has no name.
    """
    name = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8")).get("name")
    if not isinstance(name, str):
        raise ConfigError(f"{root / 'Pulumi.yaml'} must give the project's name.")
    return name
