"""What an account needs before GitHub deploys the stacks: run once, with an administrator's key."""

import sys
from pathlib import Path

# The engine runs this folder alone; its modules share code with the repository's others.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pulumi

from bootstrap import config, trust

settings = config.load()
provider_arn = settings.oidc_provider_arn or trust.create_provider("github").arn
pulumi.export("oidcProviderArn", provider_arn)
