"""The storefront: the order form, served by CloudFront from a private S3 bucket (docs/adr/0045)."""

from infra.storefront.files import SignIn, StorefrontFiles, StorefrontFilesArgs
from infra.storefront.storefront import Storefront, StorefrontArgs

__all__ = [
    "SignIn",
    "Storefront",
    "StorefrontArgs",
    "StorefrontFiles",
    "StorefrontFilesArgs",
]
