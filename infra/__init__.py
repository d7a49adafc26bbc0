"""The AWS resources of the order pipeline, as components that `__main__.py` puts together."""
