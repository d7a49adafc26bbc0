"""IAM permissions of the roles for GitHub, derived from the resource types of the stacks."""

from bootstrap.permissions.documents import (
    boundary_document,
    deploy_documents,
    read_documents,
    size,
)
from bootstrap.permissions.grant import Grant, Scope
from bootstrap.permissions.table import PERMISSIONS, SECTIONS

__all__ = [
    "PERMISSIONS",
    "SECTIONS",
    "Grant",
    "Scope",
    "boundary_document",
    "deploy_documents",
    "read_documents",
    "size",
]
