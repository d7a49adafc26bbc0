"""The state backend: an S3 bucket for Pulumi's state, and a KMS key for the stacks' secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi_aws as aws

from bootstrap.config import PULL_REQUEST_STACKS
from infra.naming import bucket_start
from infra.private_bucket import bucket_policy, make_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SUFFIX: Final = "state"
_OLD_VERSIONS_DAYS: Final = 90
_DELETION_WINDOW_DAYS: Final = 30

# The paths in the bucket, of Pulumi 3.272: state and its backup, tags, locks, history, backups.
# https://github.com/pulumi/pulumi/blob/v3.272.0/pkg/backend/diy/store.go
_READ: Final = (
    ".pulumi/stacks/{project}/{stack}.json*",
    ".pulumi/stacks/{project}/{stack}.pulumi-tags",
    ".pulumi/locks/organization/{project}/{stack}/*",
    ".pulumi/history/{project}/{stack}/*",
)
_WRITE: Final = (*_READ, ".pulumi/backups/{project}/{stack}/*")

# The version of the paths, which the first `pulumi stack init` writes.
_META: Final = ".pulumi/meta.yaml"

# Stacks of pull requests have a folder of their own: `pulumi stack ls` reads the state of every
# stack that it lists, and their role may not read others.
_FOLDERS: Final = {PULL_REQUEST_STACKS: "pull-request/"}

# The key of the encryption context that tells the secrets of stacks apart.
# https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
_CONTEXT: Final = "stack"


@dataclass(frozen=True, kw_only=True)
class StateBackendArgs:
    """The project whose stacks are kept, and the region of bucket and key."""

    project: str
    region: str


class StateBackend(pulumi.ComponentResource):
    """A private, versioned bucket and a key; Pulumi refuses to delete them."""

    def __init__(
        self, name: str, args: StateBackendArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:StateBackend", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._protected = pulumi.ResourceOptions(parent=self, protect=True)
        self.bucket = self._bucket()
        self.key = aws.kms.Key(
            f"{name}-key",
            description=f"Encrypts secrets in the configuration and state of {args.project}",
            enable_key_rotation=True,
            deletion_window_in_days=_DELETION_WINDOW_DAYS,
            opts=self._protected,
        )
        self._alias = aws.kms.Alias(
            f"{name}-alias",
            name=f"alias/github-{args.project}-{_SUFFIX}",
            target_key_id=self.key.key_id,
            opts=self._child,
        )
        self.register_outputs({"bucket": self.bucket.id, "keyArn": self.key.arn})

    def url(self, stack: str) -> pulumi.Output[str]:
        """Return the URL for `pulumi login` of a stack, which may be a pattern."""
        folder = _FOLDERS.get(stack, "").rstrip("/")
        return pulumi.Output.format(
            "s3://{0}{1}?region={2}",
            self.bucket.id,
            f"/{folder}" if folder else "",
            self._args.region,
        )

    def secrets_provider(self, stack: str) -> pulumi.Output[str]:
        """Return the URL for `pulumi stack init --secrets-provider` of a stack."""
        return pulumi.Output.format(
            "awskms://{0}?region={1}&context_{2}={3}",
            self._alias.name,
            self._args.region,
            _CONTEXT,
            stack,
        )

    def statements(self, stacks: Sequence[str], *, write: bool) -> Sequence[Mapping[str, Any]]:
        """Return statements for the state and the secrets of stacks, which may be patterns."""
        paths = [
            _FOLDERS.get(stack, "") + path.format(project=self._args.project, stack=stack)
            for stack in stacks
            for path in (_WRITE if write else _READ)
        ]
        metas = sorted({_FOLDERS.get(stack, "") + _META for stack in stacks})
        # An administrator's `pulumi stack init` writes the one of the other stacks.
        created = [meta for meta in metas if write and meta != _META]
        changed, read = (
            [pulumi.Output.concat(self.bucket.arn, "/", path) for path in each]
            for each in ([*paths, *created], [*metas, *paths])
        )
        changes = [{"Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": changed}]
        return [
            # The names of all stacks, but not their content.
            {"Action": "s3:ListBucket", "Resource": self.bucket.arn},
            {"Action": "s3:GetObject", "Resource": read},
            *(changes if write else []),
            {
                "Action": ["kms:Decrypt", "kms:Encrypt"] if write else "kms:Decrypt",
                "Resource": self.key.arn,
                "Condition": {"StringLike": {f"kms:EncryptionContext:{_CONTEXT}": list(stacks)}},
            },
        ]

    def _bucket(self) -> aws.s3.Bucket:
        name = self._name
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket_prefix=f"{bucket_start(self._args.project, _SUFFIX)}-{_SUFFIX}-",
            opts=self._protected,
        )
        aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=self._child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=[
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": _OLD_VERSIONS_DAYS},
                }
            ],
            opts=self._child,
        )
        # Secrets in the state are encrypted with the key before they are stored.
        block = make_private(name, bucket, self._child)
        aws.s3.BucketPolicy(
            f"{name}-bucket-policy",
            bucket=bucket.id,
            policy=pulumi.Output.json_dumps(bucket_policy(bucket)),
            # S3 refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        return bucket
