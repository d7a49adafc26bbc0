"""`python -m infra.functions.bundle` builds all bundles.

A pipeline runs this before it has credentials, so that pip runs without them.
"""

from infra.functions.bundle import Bundler

if __name__ == "__main__":
    Bundler(with_dependencies=True).bundle_all()
