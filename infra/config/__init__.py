"""The stack's configuration: every key, its type, its default, and its allowed values."""

from infra.config.errors import ConfigError
from infra.config.load import has_tls, is_local, load, parse
from infra.config.model import StackConfig

__all__ = ["ConfigError", "StackConfig", "has_tls", "is_local", "load", "parse"]
