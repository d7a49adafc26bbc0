"""Whose keys encrypt what the stack keeps: AWS's own, or one that the stack has for itself."""

from infra.encryption.aws_managed import AwsManaged
from infra.encryption.customer import CustomerKey
from infra.encryption.key import EncryptionKey, EncryptionKeyArgs
from infra.encryption.protocol import Encryption

__all__ = ["AwsManaged", "CustomerKey", "Encryption", "EncryptionKey", "EncryptionKeyArgs"]
