"""The stack's configuration: every key, its type, its default, and what it may be."""

from infra.config.load import ConfigError, load, parse
from infra.config.model import StackConfig

__all__ = ["ConfigError", "StackConfig", "load", "parse"]
