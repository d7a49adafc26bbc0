"""Lambda bundles: reproducible zip files, by default for arm64 and Python 3.13."""

from infra.functions.bundle.bundler import Bundler
from infra.functions.bundle.sources import BundleError
from infra.functions.bundle.target import ARCHITECTURE, LAMBDA, RUNTIME, Target

__all__ = ["ARCHITECTURE", "LAMBDA", "RUNTIME", "BundleError", "Bundler", "Target"]
