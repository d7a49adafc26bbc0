"""Inputs that are text made of other inputs, some of which are known after the deployment only."""

from collections.abc import Callable, Sequence

import pulumi


def text(build: Callable[..., str], *parts: pulumi.Input[str]) -> pulumi.Input[str]:
    """Return the text that `build` makes of its arguments, or an output of it.

    It is an output only where a part is one, so that previews and hashes of inputs know the text
    wherever they can.
    """
    known = [part for part in parts if isinstance(part, str)]
    if len(known) == len(parts):
        return build(*known)
    return pulumi.Output.all(*parts).apply(lambda values: build(*values))


def joined(parts: Sequence[pulumi.Input[str]]) -> pulumi.Input[str]:
    """Return the parts with commas between them."""
    return text(lambda *each: ",".join(each), *parts)


def has_output(parts: Sequence[pulumi.Input[str]]) -> bool:
    """Return whether one of the parts is an output."""
    return not all(isinstance(part, str) for part in parts)
