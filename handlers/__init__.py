"""The Lambda functions' code: one package per function, and the packages that they share."""

import os

# At each cold start pydantic would search every installed package for plug-ins; there are none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
