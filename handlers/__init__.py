"""What runs inside the Lambda functions: one package per function, and what they share."""

import os

# pydantic would look through every installed package for plug-ins, at each cold start. There are none here.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
