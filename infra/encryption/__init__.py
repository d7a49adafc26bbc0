"""Encryption at rest, and the customer managed KMS key."""

from infra.encryption.encryption import Encryption
from infra.encryption.key import EncryptionKey, EncryptionKeyArgs

__all__ = ["Encryption", "EncryptionKey", "EncryptionKeyArgs"]
