"""The value of a repeated JSON key; apart from the JSON library, which the Pulumi program lacks."""

from typing import Final


class Repeated:
    """The value of a key that a JSON object holds more than once; no field accepts it."""


REPEATED: Final = Repeated()
