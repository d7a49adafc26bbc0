"""Permissions for tables, queues, topics, SES and the stack's customer managed key."""

from typing import Final

from bootstrap.permissions.arns import CONFIGURATION_SETS, IDENTITIES, KEYS, QUEUES, TABLES, TOPICS
from bootstrap.permissions.functions import service_linked_role
from bootstrap.permissions.grant import NEW, OWN, Grant, arn

_ALIAS: Final = arn("kms", "alias/{prefix}")

_QUEUE_ATTRIBUTES: Final = (
    Grant(
        on=(QUEUES,),
        read=("sqs:GetQueueAttributes",),
        create=("sqs:SetQueueAttributes",),
        delete=("sqs:SetQueueAttributes",),
    ),
)

TYPES: Final[dict[str, tuple[Grant, ...]]] = {
    "aws:dynamodb/table:Table": (
        Grant(
            on=(TABLES,),
            read=(
                "dynamodb:DescribeContinuousBackups",
                "dynamodb:DescribeTable",
                "dynamodb:DescribeTimeToLive",
                "dynamodb:ListTagsOfResource",
            ),
            create=("dynamodb:CreateTable",),
            update=(
                "dynamodb:UpdateContinuousBackups",
                "dynamodb:UpdateTable",
                "dynamodb:UpdateTimeToLive",
            ),
            delete=("dynamodb:DeleteTable",),
            tag=("dynamodb:TagResource", "dynamodb:UntagResource"),
        ),
        # DynamoDB creates a grant on the customer managed key with the caller's permissions.
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
        Grant(
            on=(KEYS,),
            create=(
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            condition={"StringLike": {"kms:ViaService": ("dynamodb.*.amazonaws.com",)}},
        ),
    ),
    "aws:dynamodb/contributorInsights:ContributorInsights": (
        Grant(
            on=(TABLES,),
            read=("dynamodb:DescribeContributorInsights",),
            create=("dynamodb:UpdateContributorInsights",),
            delete=("dynamodb:UpdateContributorInsights",),
        ),
        service_linked_role("contributorinsights.dynamodb.amazonaws.com"),
    ),
    "aws:sqs/queue:Queue": (
        Grant(
            on=(QUEUES,),
            read=("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"),
            create=("sqs:CreateQueue",),
            update=("sqs:SetQueueAttributes",),
            delete=("sqs:DeleteQueue",),
            tag=("sqs:TagQueue", "sqs:UntagQueue"),
        ),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": _QUEUE_ATTRIBUTES,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _QUEUE_ATTRIBUTES,
    "aws:sns/topic:Topic": (
        Grant(
            on=(TOPICS,),
            read=("sns:GetTopicAttributes", "sns:ListTagsForResource"),
            create=("sns:CreateTopic",),
            update=("sns:SetTopicAttributes",),
            delete=("sns:DeleteTopic",),
            tag=("sns:TagResource", "sns:UntagResource"),
        ),
    ),
    "aws:sns/topicPolicy:TopicPolicy": (
        Grant(
            on=(TOPICS,),
            read=("sns:GetTopicAttributes",),
            create=("sns:SetTopicAttributes",),
            delete=("sns:SetTopicAttributes",),
        ),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        Grant(on=(TOPICS,), create=("sns:Subscribe",)),
        # A subscription is no resource type.
        Grant(
            read=("sns:GetSubscriptionAttributes",),
            update=("sns:SetSubscriptionAttributes",),
            delete=("sns:Unsubscribe",),
        ),
    ),
    "aws:sesv2/configurationSet:ConfigurationSet": (
        Grant(
            on=(CONFIGURATION_SETS,),
            read=("ses:GetConfigurationSet", "ses:ListTagsForResource"),
            create=("ses:CreateConfigurationSet",),
            update=(
                "ses:PutConfigurationSetDeliveryOptions",
                "ses:PutConfigurationSetReputationOptions",
                "ses:PutConfigurationSetSendingOptions",
                "ses:PutConfigurationSetSuppressionOptions",
                "ses:PutConfigurationSetTrackingOptions",
                "ses:PutConfigurationSetVdmOptions",
            ),
            delete=("ses:DeleteConfigurationSet",),
            tag=("ses:TagResource", "ses:UntagResource"),
        ),
    ),
    "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination": (
        Grant(
            on=(CONFIGURATION_SETS,),
            read=("ses:GetConfigurationSetEventDestinations",),
            create=("ses:CreateConfigurationSetEventDestination",),
            update=("ses:UpdateConfigurationSetEventDestination",),
            delete=("ses:DeleteConfigurationSetEventDestination",),
        ),
    ),
    # An identity is an address or a domain of the stack's owner.
    "aws:sesv2/emailIdentity:EmailIdentity": (
        Grant(
            on=(IDENTITIES,),
            read=("ses:GetEmailIdentity", "ses:ListTagsForResource"),
        ),
        Grant(
            on=(IDENTITIES,),
            create=("ses:CreateEmailIdentity",),
            tag=("ses:TagResource",),
            condition=NEW,
        ),
        Grant(
            on=(IDENTITIES, CONFIGURATION_SETS),
            update=("ses:PutEmailIdentityConfigurationSetAttributes",),
            condition=OWN,
        ),
        Grant(
            on=(IDENTITIES,),
            update=("ses:PutEmailIdentityDkimSigningAttributes",),
            delete=("ses:DeleteEmailIdentity",),
            condition=OWN,
        ),
    ),
    "aws:kms/key:Key": (
        Grant(create=("kms:CreateKey",), condition=NEW),
        Grant(on=(KEYS,), create=("kms:TagResource",), condition=NEW),
        Grant(
            on=(KEYS,),
            read=(
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListResourceTags",
            ),
        ),
        # It follows the creation at once, and KMS may know the tags minutes later.
        # https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
        Grant(on=(KEYS,), create=("kms:EnableKeyRotation",)),
        Grant(
            on=(KEYS,),
            update=(
                "kms:DisableKeyRotation",
                "kms:PutKeyPolicy",
                "kms:UpdateKeyDescription",
            ),
            delete=("kms:ScheduleKeyDeletion",),
            tag=("kms:TagResource", "kms:UntagResource"),
            condition=OWN,
        ),
    ),
    "aws:kms/alias:Alias": (
        Grant(read=("kms:ListAliases",)),
        Grant(
            on=(_ALIAS, KEYS),
            create=("kms:CreateAlias",),
            update=("kms:UpdateAlias",),
            delete=("kms:DeleteAlias",),
        ),
    ),
}
