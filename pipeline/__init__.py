"""What the GitHub workflows do besides the project's commands: comments, issues, what is deployed.

It imports the standard library and `tooling` alone, so that a job with a token that may write
installs nothing.
"""
