"""Permissions for tables, queues, topics, SES and the stack's customer managed key."""

from typing import Final

from bootstrap.permissions.functions import service_linked_role
from bootstrap.permissions.grant import NEW, OWN, Grant, arn

_QUEUE: Final = arn("sqs", "{prefix}-*")
_TOPIC: Final = arn("sns", "{prefix}-*")
_TABLE: Final = arn("dynamodb", "table/{prefix}-*")
_CONFIGURATION_SET: Final = arn("ses", "configuration-set/{prefix}-*")
_IDENTITY: Final = arn("ses", "identity/*")
_KEY: Final = arn("kms", "key/*")
_ALIAS: Final = arn("kms", "alias/{prefix}")

_QUEUE_ATTRIBUTES: Final = (
    Grant(
        on=(_QUEUE,),
        read=("sqs:GetQueueAttributes",),
        create=("sqs:SetQueueAttributes",),
        delete=("sqs:SetQueueAttributes",),
    ),
)

TYPES: Final[dict[str, tuple[Grant, ...]]] = {
    "aws:dynamodb/table:Table": (
        Grant(
            on=(_TABLE,),
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
            on=(_KEY,),
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
            on=(_TABLE,),
            read=("dynamodb:DescribeContributorInsights",),
            create=("dynamodb:UpdateContributorInsights",),
            delete=("dynamodb:UpdateContributorInsights",),
        ),
        service_linked_role("contributorinsights.dynamodb.amazonaws.com"),
    ),
    "aws:sqs/queue:Queue": (
        Grant(
            on=(_QUEUE,),
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
            on=(_TOPIC,),
            read=("sns:GetTopicAttributes", "sns:ListTagsForResource"),
            create=("sns:CreateTopic",),
            update=("sns:SetTopicAttributes",),
            delete=("sns:DeleteTopic",),
            tag=("sns:TagResource", "sns:UntagResource"),
        ),
    ),
    "aws:sns/topicPolicy:TopicPolicy": (
        Grant(
            on=(_TOPIC,),
            read=("sns:GetTopicAttributes",),
            create=("sns:SetTopicAttributes",),
            delete=("sns:SetTopicAttributes",),
        ),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        Grant(on=(_TOPIC,), create=("sns:Subscribe",)),
        # A subscription is no resource type.
        Grant(
            read=("sns:GetSubscriptionAttributes",),
            update=("sns:SetSubscriptionAttributes",),
            delete=("sns:Unsubscribe",),
        ),
    ),
    "aws:sesv2/configurationSet:ConfigurationSet": (
        Grant(
            on=(_CONFIGURATION_SET,),
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
            on=(_CONFIGURATION_SET,),
            read=("ses:GetConfigurationSetEventDestinations",),
            create=("ses:CreateConfigurationSetEventDestination",),
            update=("ses:UpdateConfigurationSetEventDestination",),
            delete=("ses:DeleteConfigurationSetEventDestination",),
        ),
    ),
    # An identity is an address or a domain of the stack's owner.
    "aws:sesv2/emailIdentity:EmailIdentity": (
        Grant(
            on=(_IDENTITY,),
            read=("ses:GetEmailIdentity", "ses:ListTagsForResource"),
        ),
        Grant(
            on=(_IDENTITY,),
            create=("ses:CreateEmailIdentity",),
            tag=("ses:TagResource",),
            condition=NEW,
        ),
        Grant(
            on=(_IDENTITY, _CONFIGURATION_SET),
            update=("ses:PutEmailIdentityConfigurationSetAttributes",),
            condition=OWN,
        ),
        Grant(
            on=(_IDENTITY,),
            update=("ses:PutEmailIdentityDkimSigningAttributes",),
            delete=("ses:DeleteEmailIdentity",),
            condition=OWN,
        ),
    ),
    "aws:kms/key:Key": (
        Grant(create=("kms:CreateKey",), condition=NEW),
        Grant(on=(_KEY,), create=("kms:TagResource",), condition=NEW),
        Grant(
            on=(_KEY,),
            read=(
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListResourceTags",
            ),
        ),
        # It follows the creation at once, and KMS may know the tags minutes later.
        # https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
        Grant(on=(_KEY,), create=("kms:EnableKeyRotation",)),
        Grant(
            on=(_KEY,),
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
            on=(_ALIAS, _KEY),
            create=("kms:CreateAlias",),
            update=("kms:UpdateAlias",),
            delete=("kms:DeleteAlias",),
        ),
    ),
}
